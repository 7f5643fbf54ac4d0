using System.Diagnostics;
using LatentSharp;
using LatentSharp.Extensions.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// LatentSharp as services: <see cref="Autoencoder"/> and <see cref="IAutoencoder"/>, each once for the whole application, opened when they
/// are first asked for.
/// </summary>
public static class LatentSharpServiceCollectionExtensions
{
    /// <summary>
    /// Adds the autoencoder as singletons. The container closes its files when it is disposed itself. <see cref="IAutoencoder"/> runs as
    /// the options say and logs; <see cref="Autoencoder"/> is the same one bare.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="configure">Sets the options, after configuration; null for the defaults.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddLatentSharp(this IServiceCollection services, Action<LatentSharpOptions>? configure = null)
    {
        Configure(services, Options.Options.DefaultName, configure);
        services.TryAddSingleton(provider => Open(provider, Options.Options.DefaultName));
        services.TryAddSingleton(provider => Serve(provider, Options.Options.DefaultName, provider.GetRequiredService<Autoencoder>()));
        return services;
    }

    /// <summary>
    /// As <see cref="AddLatentSharp(IServiceCollection, Action{LatentSharpOptions}?)"/>, with options from a section of the configuration.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="section">The section with the names of <see cref="LatentSharpOptions"/>. It is bound by generated code, so it can be
    /// compiled ahead of time.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddLatentSharp(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.AddOptions<LatentSharpOptions>().Bind(section);
        return services.AddLatentSharp();
    }

    /// <summary>
    /// Adds another autoencoder beside the first, as keyed singletons: <c>[FromKeyedServices("preview")] IAutoencoder</c>.
    /// </summary>
    /// <param name="services">Where to add.</param>
    /// <param name="key">The key, which is also the name of its options.</param>
    /// <param name="configure">Sets its options.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddKeyedLatentSharp(this IServiceCollection services, string key, Action<LatentSharpOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(configure);
        Configure(services, key, configure);
        services.TryAddKeyedSingleton(key, (provider, _) => Open(provider, key));
        services.TryAddKeyedSingleton(key, (provider, _) => Serve(provider, key, provider.GetRequiredKeyedService<Autoencoder>(key)));
        return services;
    }

    private static void Configure(IServiceCollection services, string name, Action<LatentSharpOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<LatentSharpOptions> options = services.AddOptions<LatentSharpOptions>(name);
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LatentSharpOptions>, LatentSharpOptionsCheck>());
    }

    private static Autoencoder Open(IServiceProvider provider, string name)
    {
        LatentSharpOptions options = provider.GetRequiredService<IOptionsMonitor<LatentSharpOptions>>().Get(name);
        ILogger logger = LoggerOf(provider);
        long start = Stopwatch.GetTimestamp();
        AutoencoderFamily? family = options.Family is { } id ? AutoencoderFamily.Find(id) : null;
        LatentSharp.Autoencoders.Library.LibraryEntry entry = options.OpenLibrary().Find(options.Autoencoder);
        Autoencoder autoencoder = entry.Path is { } path
            ? Autoencoder.Open(path, new AutoencoderOptions { Family = family, OtherHalf = options.OtherHalf })
            : entry.Open();
        Log.Opened(logger, autoencoder.Name, autoencoder.Family.Title, autoencoder.Space.Id,
            Stopwatch.GetElapsedTime(start).TotalMilliseconds, autoencoder.Path ?? "built in");
        foreach (string note in autoencoder.Notes) Log.Note(logger, autoencoder.Name, note);
        return autoencoder;
    }

    private static IAutoencoder Serve(IServiceProvider provider, string name, Autoencoder autoencoder)
    {
        LatentSharpOptions options = provider.GetRequiredService<IOptionsMonitor<LatentSharpOptions>>().Get(name);
        var compute = new ComputeOptions
        {
            Threads = options.Threads,
            MemoryBudget = options.MemoryBudget,
            KeepWeights = options.KeepWeights
        };
        return new ServiceAutoencoder(autoencoder, compute, LoggerOf(provider));
    }

    private static ILogger LoggerOf(IServiceProvider provider)
        => provider.GetService<ILoggerFactory>()?.CreateLogger(Log.Category) ?? NullLogger.Instance;
}
