using LatentSharp.Extensions.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LatentSharp.Tests.Surface;

/// <summary>
/// AddLatentSharp: one autoencoder for the application, closed with it, with options from code and configuration, and a log.
/// </summary>
public sealed class DependencyInjectionTests : IDisposable
{
    private static readonly string Weights = Repository.Path("assets/models/flux1-mini.safetensors");
    private readonly string home = Path.Combine(Path.GetTempPath(), $"latentsharp-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(home)) Directory.Delete(home, recursive: true);
    }

    [Fact]
    public void There_is_one_autoencoder_and_the_container_closes_it()
    {
        Autoencoder bare;
        using (ServiceProvider services = new ServiceCollection().AddLatentSharp(o => (o.Autoencoder, o.Home) = (Weights, home))
            .BuildServiceProvider(validateScopes: true))
        {
            bare = services.GetRequiredService<Autoencoder>();
            using IServiceScope scope = services.CreateScope();
            IAutoencoder served = scope.ServiceProvider.GetRequiredService<IAutoencoder>();
            Assert.Same(served, services.GetRequiredService<IAutoencoder>());
            Assert.Same(bare, scope.ServiceProvider.GetRequiredService<Autoencoder>());
            Assert.Equal(("flux1-mini", LatentSpace.Flux1), (served.Name, served.Space));
            var image = new ImageTensor(1, 16, 16);
            Assert.Equal(bare.Encode(image).Values, served.Encode(image).Values);
        }
        Assert.Throws<ObjectDisposedException>(() => bare.Encode(new ImageTensor(1, 16, 16)));
    }

    [Fact]
    public void What_is_built_in_stays_open()
    {
        using (ServiceProvider services = new ServiceCollection().AddLatentSharp(o => o.BringAlong(EmbeddedAutoencoder.BuiltIn).Home = home)
            .BuildServiceProvider())
            Assert.Same(EmbeddedAutoencoder.Shared, services.GetRequiredService<Autoencoder>());
        Assert.NotNull(EmbeddedAutoencoder.Shared.Encode(new ImageTensor(1, 16, 16)));
    }

    [Fact]
    public void Configuration_is_bound_and_code_comes_after_it()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["LatentSharp:Autoencoder"] = Weights,
            ["LatentSharp:Family"] = "flux1",
            ["LatentSharp:Home"] = home,
            ["LatentSharp:Threads"] = "1",
            ["LatentSharp:MemoryBudget"] = "2000000000",
        }).Build();
        using ServiceProvider services = new ServiceCollection().AddLatentSharp(configuration.GetSection("LatentSharp"))
            .AddLatentSharp(o => o.Threads = 2).BuildServiceProvider();
        LatentSharpOptions options = services.GetRequiredService<IOptions<LatentSharpOptions>>().Value;
        Assert.Equal((Weights, "flux1", home, 2, 2_000_000_000L),
            (options.Autoencoder, options.Family, options.Home, options.Threads, options.MemoryBudget));
        Assert.Equal(AutoencoderFamily.Flux1, services.GetRequiredService<Autoencoder>().Family);
    }

    [Fact]
    public void A_budget_of_the_options_holds_where_a_call_says_nothing()
    {
        using ServiceProvider services = new ServiceCollection().AddLatentSharp(
            o => (o.Autoencoder, o.Home, o.MemoryBudget) = (Weights, home, 1000)).BuildServiceProvider();
        IAutoencoder served = services.GetRequiredService<IAutoencoder>();
        var image = new ImageTensor(1, 16, 16);
        Assert.Throws<LatentSharpException>(() => served.Encode(image));
        Assert.NotNull(served.Encode(image, new EncodeOptions { Compute = new ComputeOptions() }));
    }

    [Fact]
    public void Options_that_cannot_be_meant_are_named()
    {
        string message = Assert.Throws<OptionsValidationException>(
            () => new ServiceCollection().AddLatentSharp(o => (o.Threads, o.MemoryBudget, o.Family) = (-1, 0, "flux9"))
            .BuildServiceProvider().GetRequiredService<IAutoencoder>()).Message;
        foreach (string part in (string[])["Threads is -1", "MemoryBudget is 0", "flux9", "flux1"]) Assert.Contains(part, message);
        // A file that is not there is the library's own error.
        Assert.Equal(ErrorKind.NotFound,
            Assert.Throws<LatentSharpException>(
                () => new ServiceCollection().AddLatentSharp(o => (o.Autoencoder, o.Home) = ("absent.safetensors", home))
            .BuildServiceProvider().GetRequiredService<Autoencoder>()).Kind);
    }

    [Fact]
    public void Others_stand_beside_it_by_key()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddLatentSharp(o => (o.Autoencoder, o.Home) = (Weights, home))
            .AddKeyedLatentSharp("pixels", o => (o.Autoencoder, o.Home) = ("pixels", home)).BuildServiceProvider();
        Assert.Equal(LatentSpace.Pixels, services.GetRequiredKeyedService<IAutoencoder>("pixels").Space);
        Assert.Equal(LatentSpace.Flux1, services.GetRequiredService<IAutoencoder>().Space);
    }

    [Fact]
    public void A_double_of_a_test_takes_its_place()
    {
        var own = new ServiceCollection();
        own.AddSingleton<IAutoencoder>(Autoencoder.Pixels);
        using ServiceProvider services = own.AddLatentSharp().BuildServiceProvider();
        Assert.Same(Autoencoder.Pixels, services.GetRequiredService<IAutoencoder>());
    }

    [Fact]
    public void What_happens_is_logged_with_its_values()
    {
        using var log = new Lines();
        using ServiceProvider services = new ServiceCollection().AddLogging(b => b.AddProvider(log).SetMinimumLevel(LogLevel.Debug))
            .AddLatentSharp(o => (o.Autoencoder, o.Home) = (Weights, home)).BuildServiceProvider();
        IAutoencoder served = services.GetRequiredService<IAutoencoder>();
        served.Decode(served.Encode(new ImageTensor(1, 16, 24)));
        Assert.Throws<LatentSharpException>(() => served.Encode(new ImageTensor([float.NaN, 0, 0], 1, 1, 1)));
        Assert.Contains(log.Written,
            l => l.StartsWith("Information Opened flux1-mini (FLUX.1, latent space flux1)", StringComparison.Ordinal)
            && l.EndsWith(Weights, StringComparison.Ordinal));
        Assert.Contains(log.Written, l => l.StartsWith("Debug flux1-mini: encoded 1 of 24 x 16", StringComparison.Ordinal));
        Assert.Contains(log.Written, l => l.StartsWith("Debug flux1-mini: decoded 1 of 24 x 16", StringComparison.Ordinal));
        Assert.Contains(log.Written, l => l.StartsWith("Warning flux1-mini refused to encode: ", StringComparison.Ordinal));
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<string> Written { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Written.Add($"{logLevel} {formatter(state, exception)}");

        public void Dispose() { }
    }
}
