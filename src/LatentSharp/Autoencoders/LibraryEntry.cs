namespace LatentSharp.Autoencoders;

/// <summary>How an autoencoder came to be known to an <see cref="AutoencoderLibrary"/>.</summary>
public enum LibrarySource
{
    /// <summary>It is part of this library.</summary>
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

    /// <summary>Opens it. The embedded ones are shared instances, which disposing leaves open.</summary>
    /// <exception cref="LatentSharpException">The file is damaged, or holds no autoencoder.</exception>
    public Autoencoder Open()
    {
        if (Path is not null) return Autoencoder.Open(Path);
        return Name == AutoencoderLibrary.PixelsName ? Autoencoder.Pixels : Autoencoder.Embedded;
    }
}
