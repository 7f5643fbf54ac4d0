using LatentSharp.Weights.Identity;

namespace LatentSharp.Autoencoders.Library;

/// <summary>How an autoencoder came to be known to an <see cref="AutoencoderLibrary"/>.</summary>
public enum LibrarySource
{
    /// <summary>The program brings it along.</summary>
    Embedded,
    /// <summary>It was registered by name.</summary>
    Registered,
    /// <summary>It lies in the library's home or in a registered folder.</summary>
    Folder,
    /// <summary>It was named by its path and is not part of the library.</summary>
    Path,
}

/// <summary>An autoencoder that can be named.</summary>
/// <param name="Name">The name it answers to.</param>
/// <param name="Path">The full path of its file or folder; null for those that are part of this library.</param>
/// <param name="Source">How it came to be known.</param>
/// <param name="IsDefault">Whether it is used when nothing is named.</param>
public sealed record LibraryEntry(string Name, string? Path, LibrarySource Source, bool IsDefault)
{
    /// <summary>Whether the file or folder is there now; always true for those that need none.</summary>
    public bool Exists => Path is null || File.Exists(Path) || Directory.Exists(Path);

    internal BuiltInAutoencoder? BuiltIn { get; init; }

    /// <summary>Opens it. Those that the program brings along are shared instances, which disposing leaves open.</summary>
    /// <exception cref="LatentSharpException">The file is damaged, or holds no autoencoder.</exception>
    public Autoencoder Open()
        => BuiltIn is { } known ? known.Open()
        : Autoencoder.Open(Path ?? throw new InvalidOperationException($"{Name} has neither a path nor a way to open it"));

    /// <summary>
    /// The SHA-256 of its weight file, 64 lower-case hexadecimal digits, as latent files record it; null where there is no single file.
    /// </summary>
    /// <param name="progress">Told the fraction read, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="LatentSharpException">The file cannot be read.</exception>
    public string? Sha256(IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        => BuiltIn is { } known ? known.Sha256?.Invoke() : File.Exists(Path) ? FileDigest.Sha256(Path, progress, cancellationToken) : null;
}
