namespace LatentSharp;

/// <summary>How latent files are read.</summary>
public sealed record LatentFileOptions
{
    /// <summary>
    /// The space of files that name none (ComfyUI's, plain tensors), usually that of the autoencoder about to decode them. A file that
    /// names its space keeps it. Null: guessed from the number of channels, with a note.
    /// </summary>
    public LatentSpace? Space { get; init; }

    /// <summary>
    /// Height and width of the picture in pixels, which packed tokens (<c>[N, tokens, 64]</c>) do not tell; null to take them for a square.
    /// </summary>
    public (int Height, int Width)? PictureSize { get; init; }

    /// <summary>Whether NaN and infinite values are read and noted; by default they are refused, counted and named.</summary>
    public bool AllowNonFinite { get; init; }
}
