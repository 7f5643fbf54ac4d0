namespace LatentSharp;

/// <summary>
/// A model of FLUX.1's kind that a program brings along with its texts and vocabularies, under a name by which an
/// <see cref="AutoencoderLibrary"/> finds it. It has been trained on latents of the embedded autoencoder.
/// </summary>
/// <param name="Name">The name, such as <c>flux1-mini-generator</c>.</param>
/// <param name="Folder">
/// Gives the folder that its files lie in, as diffusers lays them out; it is told the home of the library, where they may be unpacked.
/// </param>
public sealed record BuiltInModel(string Name, Func<string, string> Folder)
{
    /// <summary>What people call it, in a few words.</summary>
    public string Title { get; init; } = Name;

    /// <summary>What it has learnt to draw, for who gets a picture without having named a model.</summary>
    public string Knows { get; init; } = "what it was trained on";

    /// <summary>Gives its card, in Markdown; null where it has none.</summary>
    public Func<string>? Card { get; init; }
}
