using System.Formats.Tar;
using System.Text;
using LatentSharp.Datasets.Manifests;

namespace LatentSharp.Datasets.Sources;

/// <summary>The pictures of a tar file, such as a shard of WebDataset, in their order. It is read from front to end each time.</summary>
/// <param name="path">The file.</param>
internal sealed class PictureTar(string path) : PictureSource
{
    private HashSet<UInt128>? twice;

    /// <inheritdoc/>
    public override IEnumerable<string> Names()
    {
        twice ??= Twice();
        return Members();
    }

    /// <inheritdoc/>
    public override IEnumerable<SourcePicture> Pictures()
    {
        twice ??= Twice();
        // The members of a sample follow one another, in any order: its pictures wait for its caption.
        var waiting = new List<ArchivedPicture>();
        string? key = null, caption = null;
        foreach ((string path, string? name, TarEntry entry) in Entries())
        {
            if (KeyOf(path) != key)
            {
                foreach (ArchivedPicture picture in waiting) yield return picture with { Text = caption };
                waiting.Clear();
                (key, caption) = (KeyOf(path), null);
            }
            using var content = new MemoryStream();
            Checked(() => { entry.DataStream?.CopyTo(content); return true; });
            if (name is null) caption ??= CaptionOf(Encoding.UTF8.GetString(content.ToArray()));
            else waiting.Add(new ArchivedPicture(name, content.ToArray(), entry.ModificationTime.UtcTicks, Shares(name, twice),
                null));
        }
        foreach (ArchivedPicture picture in waiting) yield return picture with { Text = caption };
    }

    // What WebDataset takes for the key of a sample: the name up to its first dot.
    private static string KeyOf(string path)
    {
        int dot = path.IndexOf('.', path.LastIndexOf('/') + 1);
        return dot < 0 ? path : path[..dot];
    }

    private IEnumerable<string> Members() => Entries().Select(e => e.Name).OfType<string>();

    private HashSet<UInt128> Twice()
    {
        HashSet<UInt128> stems = SharedStems(Members());
        // The same name twice is the same stem twice: mostly there are none, and the archive need not be gone through again.
        HashSet<UInt128> same = stems.Count == 0 ? [] : Repeated(Members().Where(m => Shares(m, stems)));
        if (same.Count == 0) return stems;
        string name = Members().First(m => same.Contains(ManifestSegment.HashOf(m)));
        throw new LatentSharpException(ErrorKind.BadInput, path, $"the archive has two members called {name}.", "Make it anew.");
    }

    // Pictures, and captions, which have no name.
    private IEnumerable<(string Path, string? Name, TarEntry Entry)> Entries()
    {
        using FileStream file = Weights.RegularFile.OpenRead(path);
        // Without leaveOpen it would remember the stream of every member until its end.
        using var tar = new TarReader(file, leaveOpen: true);
        while (Checked(() => tar.GetNextEntry()) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)) continue;
            string? name = NameOfMember(entry.Name);
            if (name is null && !IsCaption(entry.Name)) continue;
            yield return (PathOfMember(entry.Name), name, entry);
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
