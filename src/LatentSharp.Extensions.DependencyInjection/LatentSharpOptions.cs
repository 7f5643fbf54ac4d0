namespace LatentSharp.Extensions.DependencyInjection;

/// <summary>
/// Which autoencoder an application uses, and how it is run. Everything but what the application brings along can come from configuration.
/// </summary>
public sealed class LatentSharpOptions
{
    // No property: configuration could not bind it.
    private readonly List<BuiltInAutoencoder> builtIn = [];

    /// <summary>A path, or a name that an <see cref="AutoencoderLibrary"/> knows; null for the library's default.</summary>
    public string? Autoencoder { get; set; }

    /// <summary>
    /// The file with the other half, when encoder and decoder lie in two files that are not named alike; only with a path.
    /// </summary>
    public string? OtherHalf { get; set; }

    /// <summary>The family (<see cref="AutoencoderFamily.Id"/>), when it is known; null to find it out; only with a path.</summary>
    public string? Family { get; set; }

    /// <summary>
    /// The folder of the library in which names are looked up; null for the usual one (<see cref="AutoencoderLibrary.HomeVariable"/>).
    /// </summary>
    public string? Home { get; set; }

    /// <summary>Threads that compute; 0 for one on each core.</summary>
    public int Threads { get; set; }

    /// <summary>The most bytes that a run may take; null for what the machine has.</summary>
    public long? MemoryBudget { get; set; }

    /// <summary>Whether prepared weights stay in memory between calls: <see cref="ComputeOptions.KeepWeights"/>. Faster for many small pictures.</summary>
    public bool KeepWeights { get; set; }

    /// <summary>
    /// Adds an autoencoder that the application brings along, such as <c>EmbeddedAutoencoder.BuiltIn</c> of the package
    /// LatentSharp.Embedded; the first is the default as long as no other was chosen.
    /// </summary>
    /// <returns>These options.</returns>
    public LatentSharpOptions BringAlong(BuiltInAutoencoder autoencoder)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        builtIn.Add(autoencoder);
        return this;
    }

    /// <summary>The library in which the autoencoder is looked up.</summary>
    internal AutoencoderLibrary OpenLibrary() => new(Home, builtIn);
}
