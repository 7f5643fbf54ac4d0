using LatentSharp.Quality.Metrics;


namespace LatentSharp.Quality.Findings;

/// <summary>What is wrong with a picture or a latent.</summary>
public enum FindingKind
{
    /// <summary>Colours moved as a whole or in one place.</summary>
    Colour,
    /// <summary>Fine detail is gone.</summary>
    Blur,
    /// <summary>A pattern that repeats every few pixels.</summary>
    Grid,
    /// <summary>Content moved by parts of pixels or more.</summary>
    Warp,
    /// <summary>Fine-grained noise, or a latent that was not finished.</summary>
    Noise,
    /// <summary>The latent does not speak the language of the latent space it is used in.</summary>
    Space,
    /// <summary>Values cut off at black or white.</summary>
    Clipping,
    /// <summary>NaN or infinite values.</summary>
    NonFinite,
    /// <summary>The range of tones is smaller (washed out) or larger (burnt) than it should be.</summary>
    Contrast,
    /// <summary>Red, green and blue are in another order.</summary>
    Channels,
    /// <summary>Steps between tiles that were computed one by one.</summary>
    Seams,
    /// <summary>Small places that do not belong to the picture.</summary>
    Spots,
    /// <summary>The picture, or a part of it, is one colour: the usual face of NaN.</summary>
    Empty,
    /// <summary>The traces of JPEG compression.</summary>
    Compression,
    /// <summary>Ripples beside edges.</summary>
    Ringing,
}

/// <summary>Which half of image generation a fault comes from.</summary>
public enum FindingOrigin
{
    /// <summary>The evidence at hand does not tell.</summary>
    Unknown,
    /// <summary>The autoencoder: another latent would show the same.</summary>
    Autoencoder,
    /// <summary>The diffusion model, or whatever made the latent: another autoencoder of the space would show the same.</summary>
    Diffusion,
    /// <summary>What happened to the picture after it was decoded: saving, resizing, another program.</summary>
    File,
}

/// <summary>One number of the evidence.</summary>
/// <param name="Name">What was measured, in lower case, such as <c>sigma</c>.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit: <c>px</c>, <c>levels</c>, <c>dB</c>, <c>%</c>; empty for ratios.</param>
public readonly record struct FindingFigure(string Name, double Value, string Unit = "");

/// <summary>One thing found by a diagnosis.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Score">How far beyond the threshold: 1 is just visible, 4 is gross. Findings are ordered by it.</param>
/// <param name="Confidence">How sure the finding is, 0 to 1.</param>
/// <param name="Evidence">What was measured, in a sentence with figures.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Next">What to do about it.</param>
public sealed record Finding(FindingKind Kind, double Score, double Confidence, string Evidence, FindingOrigin Origin, string Next)
{
    /// <summary>Where it is, the most telling place first; empty for the whole picture.</summary>
    public IReadOnlyList<FindingPlace> Places { get; init; } = [];

    /// <summary>What mends it, where a program can do that; null where <see cref="Next"/> says all.</summary>
    public Remedy? Remedy { get; init; }

    /// <summary>The numbers of <see cref="Evidence"/>, for programs.</summary>
    public IReadOnlyList<FindingFigure> Figures { get; init; } = [];

    /// <summary><c>slight</c> (score below 2), <c>clear</c> (below 5) or <c>severe</c>.</summary>
    public string Severity => Score < 2 ? "slight" : Score < 5 ? "clear" : "severe";

    /// <summary>The kind as reports write it: <c>colour</c>, <c>non-finite</c> ….</summary>
    public string KindName => NameOf(Kind);

    /// <summary>The origin as reports write it: <c>autoencoder</c>, <c>diffusion</c>, <c>file</c> or <c>unknown</c>.</summary>
    public string OriginName => Origin.ToString().ToLowerInvariant();

    internal static string NameOf(FindingKind kind) => kind == FindingKind.NonFinite ? "non-finite" : kind.ToString().ToLowerInvariant();
}
