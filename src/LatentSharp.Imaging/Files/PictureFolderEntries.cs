namespace LatentSharp.Imaging;

/// <summary>A picture of a folder whose header could be read.</summary>
/// <param name="Name">The path relative to the folder, with forward slashes.</param>
/// <param name="Path">The path to open.</param>
/// <param name="Info">What the header says.</param>
public sealed record PictureFolderEntry(string Name, string Path, PictureInfo Info);

/// <summary>A file that should be a picture, by its name or its first bytes, but cannot be read.</summary>
/// <param name="Name">The path relative to the folder, with forward slashes.</param>
/// <param name="Problem">Why, as it would be shown for the file on its own.</param>
public sealed record UnreadablePicture(string Name, LatentSharpException Problem);

/// <summary>The outcome of reading one picture of a folder: either the picture or the problem.</summary>
/// <param name="Entry">Which one.</param>
/// <param name="Picture">The picture, or null.</param>
/// <param name="Problem">Why there is no picture, or null.</param>
public sealed record PictureReading(PictureFolderEntry Entry, Picture? Picture, LatentSharpException? Problem);
