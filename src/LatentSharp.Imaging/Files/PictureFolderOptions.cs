namespace LatentSharp.Imaging;

/// <summary>How the pictures of a folder are found and read.</summary>
public sealed record PictureFolderOptions
{
    /// <summary>Whether folders within the folder are searched too. Links to folders are never followed.</summary>
    public bool Recursive { get; init; }

    /// <summary>Background and limits for every picture.</summary>
    public PictureOptions Picture { get; init; } = new();
}
