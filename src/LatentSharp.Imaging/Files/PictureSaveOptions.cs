namespace LatentSharp;

/// <summary>How picture files are written.</summary>
public sealed record PictureSaveOptions
{
    /// <summary>The format; null takes it from the file name's extension.</summary>
    public PictureFormat? Format { get; init; }

    /// <summary>Bits for each channel: 8, or 16 where the format has it (PNG, TIFF).</summary>
    public int Bits { get; init; } = 8;

    /// <summary>Quality of lossy formats (JPEG, WebP, AVIF), 1 to 100. Colour is never subsampled in JPEG and AVIF.</summary>
    public int Quality { get; init; } = 95;

    /// <summary>WebP and AVIF without loss; PNG and TIFF always are, JPEG never is.</summary>
    public bool Lossless { get; init; }

    /// <summary>Whether a small sRGB profile (480 bytes) is embedded, so that no program has to guess the colours.</summary>
    public bool EmbedProfile { get; init; } = true;

    /// <summary>
    /// Texts by keyword (1 to 79 characters of Latin-1), in their order: how the picture was made, for example. PNG only; other formats
    /// leave them out.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Texts { get; init; } = [];
}
