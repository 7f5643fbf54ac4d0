using System.Globalization;
using LatentSharp.Server;

namespace LatentSharp.Tests.Server;

/// <summary>
/// A service on a free port of this machine, with a library of its own: the embedded autoencoder, and those of the golden data where they
/// are there. Requests go over a socket, as those of clients do.
/// </summary>
public class ServerFixture : IAsyncLifetime
{
    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("latent-server-tests-");
    private LatentServer server = null!;

    /// <summary>Where it listens.</summary>
    internal Uri Address { get; private set; } = null!;

    /// <summary>A client that follows no redirects.</summary>
    internal HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var library = new AutoencoderLibrary(home.FullName, [EmbeddedAutoencoder.BuiltIn]);
        if (Shared.Available)
        {
            Register(library, "flux", "golden/flux-ae/flux-ch32s.safetensors");
            Register(library, "sd", "golden/sd-vae/sd-ch32.safetensors");
        }
        server = LatentServer.Create(Options(library) with { Home = home.FullName }, "http://127.0.0.1:0");
        await server.StartAsync();
        Address = new Uri(server.Addresses.Single());
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = Address,
            Timeout = TimeSpan.FromMinutes(2)
        };
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Client.Dispose();
        await server.StopAsync();
        await server.DisposeAsync();
        home.Delete(recursive: true);
    }

    /// <summary>Its routes, as method and pattern.</summary>
    internal IReadOnlyList<(string Method, string Pattern)> Routes => server.Answered;

    /// <summary>One figure of the service's metrics, summed over its labels.</summary>
    internal async Task<double> MetricAsync(string name)
        => (await Client.GetStringAsync("/metrics")).Split('\n').Where(l => l.StartsWith(name + " ", StringComparison.Ordinal)
            || l.StartsWith(name + "{", StringComparison.Ordinal)).Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>Waits until a figure is as it should be; a test that waits in vain fails.</summary>
    internal async Task WaitAsync(string name, Func<double, bool> reached)
    {
        for (int i = 0; !reached(await MetricAsync(name)); i++)
        {
            Assert.True(i < 3000, $"{name} is {await MetricAsync(name)} for good");
            await Task.Delay(20);
        }
    }

    /// <summary>What the operator decided; the folder of the library is added to it.</summary>
    private protected virtual ServerOptions Options(AutoencoderLibrary library) => new();

    private static void Register(AutoencoderLibrary library, string name, string file)
    {
        string path = Shared.Path(file);
        if (File.Exists(path)) library.Register(name, path);
    }
}
