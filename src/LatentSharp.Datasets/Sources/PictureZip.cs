using System.IO.Compression;
using System.Text;

namespace LatentSharp.Datasets.Sources;

/// <summary>The pictures of a zip file, in the order of their names.</summary>
/// <param name="path">The file.</param>
internal sealed class PictureZip(string path) : PictureSource
{
    // More than any picture that is decoded has; a member that claims more is no picture.
    private const long Largest = 1L << 30;

    /// <inheritdoc/>
    public override IEnumerable<string> Names()
    {
        using ZipArchive archive = Open();
        return [.. Members(archive).Select(m => m.Name)];
    }

    /// <inheritdoc/>
    public override IEnumerable<SourcePicture> Pictures()
    {
        using ZipArchive archive = Open();
        (string Name, ZipArchiveEntry Entry)[] members = Members(archive);
        HashSet<UInt128> twice = SharedStems(members.Select(m => m.Name));
        // Of two captions the one whose extension comes first.
        Dictionary<string, ZipArchiveEntry> captions = archive.Entries.Where(e => IsCaption(e.FullName))
            .OrderBy(e => e.FullName.EndsWith(CaptionExtensions[0], StringComparison.OrdinalIgnoreCase))
            .Aggregate(new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal), (all, e) =>
            {
                all[StemOf(PathOfMember(e.FullName))] = e;
                return all;
            });
        foreach ((string name, ZipArchiveEntry entry) in members)
        {
            string? caption = captions.GetValueOrDefault(StemOf(name)) is { } text ? CaptionOf(Encoding.UTF8.GetString(Content(name,
                text))) : null;
            yield return new ArchivedPicture(name, Content(name, entry), entry.LastWriteTime.DateTime.Ticks,
                Shares(name, twice), caption);
        }
    }

    private ZipArchive Open()
    {
        try
        {
            return new ZipArchive(Weights.RegularFile.OpenRead(path), ZipArchiveMode.Read);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the zip file is damaged or cut off: {e.Message}", "Copy or download it again.", e);
        }
    }

    private (string Name, ZipArchiveEntry Entry)[] Members(ZipArchive archive)
    {
        (string Name, ZipArchiveEntry Entry)[] members = [.. archive.Entries.Select(e => (Name: NameOfMember(e.FullName), Entry: e))
            .Where(m => m.Name is not null).Select(m => (m.Name!, m.Entry)).OrderBy(m => m.Item1, StringComparer.Ordinal)];
        for (int i = 1; i < members.Length; i++)
            if (members[i].Name == members[i - 1].Name)
                throw new LatentSharpException(ErrorKind.BadInput, path, $"the archive has two members called {members[i].Name}.", "Make it anew.");
        return members;
    }

    // A damaged member is nobody's fault but its own: what can be read of it is no picture, and is listed as such.
    private static byte[] Content(string name, ZipArchiveEntry entry)
    {
        if (entry.Length > Largest) return [];
        using var content = new MemoryStream();
        try
        {
            using Stream stream = entry.Open();
            stream.CopyTo(content);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return Encoding.UTF8.GetBytes($"{name} cannot be unpacked");
        }
        return content.ToArray();
    }
}
