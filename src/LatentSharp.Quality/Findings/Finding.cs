
namespace LatentSharp.Quality.Findings;

/// <summary>What is wrong with a picture or a latent.</summary>
public enum FindingKind
{
    /// <summary>Colours moved as a whole.</summary>
    Colour,
    /// <summary>Fine detail is gone.</summary>
    Blur,
    /// <summary>A pattern of period 8 or 16 pixels.</summary>
    Grid,
    /// <summary>Content moved by parts of pixels or more.</summary>
    Warp,
    /// <summary>Fine-grained noise.</summary>
    Noise,
    /// <summary>The latent does not speak the language of the latent space it is used in.</summary>
    Space,
    /// <summary>Values cut off at black or white.</summary>
    Clipping,
    /// <summary>NaN or infinite values.</summary>
    NonFinite,
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
}

/// <summary>One thing found by a diagnosis.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Score">How far beyond the threshold: 1 is just visible, 4 is gross. Findings are ordered by it.</param>
/// <param name="Confidence">How sure the finding is, 0 to 1.</param>
/// <param name="Evidence">What was measured, in a sentence with figures.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Next">What to do about it.</param>
public sealed record Finding(FindingKind Kind, double Score, double Confidence, string Evidence, FindingOrigin Origin, string Next)
{
    /// <summary><c>slight</c> (score below 2), <c>clear</c> (below 5) or <c>severe</c>.</summary>
    public string Severity => Score < 2 ? "slight" : Score < 5 ? "clear" : "severe";

    /// <summary>The kind as reports write it: <c>colour</c>, <c>non-finite</c> ….</summary>
    public string KindName => Kind == FindingKind.NonFinite ? "non-finite" : Kind.ToString().ToLowerInvariant();

    /// <summary>The origin as reports write it: <c>autoencoder</c>, <c>diffusion</c> or <c>unknown</c>.</summary>
    public string OriginName => Origin.ToString().ToLowerInvariant();
}
