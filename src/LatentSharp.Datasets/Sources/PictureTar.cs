using System.Formats.Tar;

namespace LatentSharp.Datasets.Sources;

/// <summary>The pictures of a tar file, such as a shard of WebDataset, in their order. It is read from front to end each time.</summary>
/// <param name="path">The file.</param>
internal sealed class PictureTar(string path) : PictureSource
{
    private HashSet<string>? twice;

    /// <inheritdoc/>
    public override IEnumerable<string> Names() => Members().Select(m => m.Name);

    /// <inheritdoc/>
    public override IEnumerable<SourcePicture> Pictures()
    {
        twice ??= SharedStems(Names());
        foreach ((string name, TarEntry entry) in Members())
        {
            using var content = new MemoryStream();
            Checked(() => { entry.DataStream?.CopyTo(content); return true; });
            yield return new ArchivedPicture(name, content.ToArray(), entry.ModificationTime.UtcTicks, twice.Contains(StemOf(name)));
        }
    }

    private IEnumerable<(string Name, TarEntry Entry)> Members()
    {
        using FileStream file = Weights.RegularFile.OpenRead(path);
        using var tar = new TarReader(file);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (Checked(() => tar.GetNextEntry()) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)) continue;
            if (NameOfMember(entry.Name) is not { } name) continue;
            if (!seen.Add(name))
                throw new LatentSharpException(ErrorKind.BadInput, path, $"the archive has two members called {name}.", "Make it anew.");
            yield return (name, entry);
        }
    }

    private T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the tar file is damaged or cut off: {e.Message}", "Copy or download it again.", e);
        }
    }
}
