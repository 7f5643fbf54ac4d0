namespace LatentSharp;

/// <summary>An autoencoder that a program brings along, under a name by which an <see cref="AutoencoderLibrary"/> finds it.</summary>
/// <param name="Name">The name, such as <c>embedded</c>.</param>
/// <param name="Open">Gives the shared instance, which stays open.</param>
public sealed record BuiltInAutoencoder(string Name, Func<Autoencoder> Open)
{
    /// <summary>The SHA-256 of its weights as a file, in lower-case hexadecimal; null when it has none.</summary>
    public Func<string>? Sha256 { get; init; }
}
