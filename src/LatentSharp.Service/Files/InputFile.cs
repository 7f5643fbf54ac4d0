namespace LatentSharp.Service.Files;

/// <summary>A file to work on.</summary>
/// <param name="Name">What it is called in messages and results: as it was named, or as it was found.</param>
/// <param name="Path">What is opened.</param>
/// <param name="Relative">Where it lies below the folder or pattern that stood for it, with the system's separators; results are laid out alike.</param>
/// <param name="IsNamed">Whether it was named itself, not found in a folder, by a pattern or in a list.</param>
internal sealed record InputFile(string Name, string Path, string Relative, bool IsNamed);
