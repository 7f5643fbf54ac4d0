namespace LatentSharp.Service.Files;

/// <summary>A file to work on.</summary>
/// <param name="Name">What it is called in messages and results: as it was named, or as it was found.</param>
/// <param name="Path">What is opened.</param>
/// <param name="Relative">Where it lies below the folder or pattern that stood for it, with the system's separators; results are laid out
/// alike.</param>
/// <param name="IsNamed">Whether it was named itself, not found in a folder, by a pattern or in a list.</param>
internal sealed record InputFile(string Name, string Path, string Relative, bool IsNamed)
{
    /// <summary>
    /// Does something with the file; an error speaks of it by its name, not by the place where the content of a stream was put down.
    /// </summary>
    internal T Named<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (LatentSharpException e) when (Name != Path && e.Where == Path)
        {
            Remedy? remedy = e.Remedy is { } r && r.Subject == Path ? r with { Subject = Name } : e.Remedy;
            throw new LatentSharpException(e.Kind, Name, e.What, remedy, e);
        }
    }
}
