namespace LatentSharp.Imaging.Sheets;

/// <summary>A picture with its caption.</summary>
/// <param name="Caption">What it is, in a few words.</param>
/// <param name="Image">Batch 1.</param>
/// <param name="Detail">A second, quieter line: figures, a file name.</param>
public sealed record SheetPanel(string Caption, ImageTensor Image, string? Detail = null);
