using LatentSharp.Weights;

namespace LatentSharp;

/// <summary>
/// How a picture was made, as the program that made it wrote into the file. Every value is text from the file: nothing of it is believed,
/// only shown and compared.
/// </summary>
public sealed record PictureMetadata
{
    /// <summary>
    /// The program whose way of writing this is: <c>A1111</c> (Forge and others write alike), <c>ComfyUI</c>, <c>InvokeAI</c>,
    /// <c>stable-diffusion.cpp</c>, <c>SwarmUI</c>; null when the form is not known.
    /// </summary>
    public string? Program { get; init; }

    /// <summary>The prompt.</summary>
    public string? Prompt { get; init; }

    /// <summary>The negative prompt.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>The name of the checkpoint or transformer, as written.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>The name of the autoencoder, as written; null when none was named, which mostly means that of the checkpoint.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>The sampler.</summary>
    public string? Sampler { get; init; }

    /// <summary>The schedule of noise levels.</summary>
    public string? Scheduler { get; init; }

    /// <summary>The seed, as written.</summary>
    public string? Seed { get; init; }

    /// <summary>The number of steps.</summary>
    public int? Steps { get; init; }

    /// <summary>Classifier-free guidance.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>Distilled guidance, as FLUX.1 dev takes it.</summary>
    public double? DistilledGuidance { get; init; }

    /// <summary>Width in pixels that was asked for.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels that was asked for.</summary>
    public int? Height { get; init; }

    /// <summary>The pairs of the parameter line, in their order, as far as there is one.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    /// <summary>The texts of the file by keyword.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Texts { get; init; } = [];

    /// <summary>
    /// Reads the texts of a PNG, JPEG or WebP file. Damaged, oversized and unknown parts are left out; at most 1 MiB of text is taken from
    /// one part and 8 MiB from a file, whatever it claims.
    /// </summary>
    /// <returns>Null when the file holds no text that says how it was made.</returns>
    /// <exception cref="LatentSharpException">The file is missing or cannot be read.</exception>
    public static PictureMetadata? Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Imaging.PictureSource.ReadHead(path, out _);
        using FileStream stream = RegularFile.OpenRead(path);
        return Read(stream);
    }

    /// <summary>As <see cref="Read(string)"/>, from a stream that can seek, which is left open.</summary>
    public static PictureMetadata? Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        IReadOnlyList<KeyValuePair<string, string>> texts = Imaging.Metadata.PictureTexts.Of(stream);
        return texts.Count == 0 ? null : Imaging.Metadata.GenerationParameters.Of(texts);
    }
}
