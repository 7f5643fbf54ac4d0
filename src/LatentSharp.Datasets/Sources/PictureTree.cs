using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LatentSharp.Datasets.Sources;

/// <summary>
/// The pictures of a folder and of those below it, folder by folder in the order of their names. What is beside them, captions and lists,
/// is left alone, and so is everything hidden and what links lead to. At any time one folder's names are in memory.
/// </summary>
internal sealed class PictureTree
{
    // Read here, or known as pictures that are not: those are named as failures and not passed over.
    private static readonly string[] Others = [".bmp", ".heic", ".heif", ".jxl"];

    private readonly string root;

    /// <summary>The pictures below a folder.</summary>
    /// <exception cref="LatentSharpException">There is no such folder.</exception>
    public PictureTree(string root)
    {
        if (File.Exists(root))
            throw new LatentSharpException(ErrorKind.BadInput, root, "a folder of pictures was expected, this is a file.", "Name the folder that it lies in.");
        if (!Directory.Exists(root))
            throw new LatentSharpException(ErrorKind.NotFound, root, "there is no such folder.", $"Looked at {Path.GetFullPath(root)}.");
        this.root = root;
    }

    /// <summary>All pictures, or those of one of several shards.</summary>
    public IEnumerable<SourcePicture> Pictures(Shard? shard = null)
        => In(root, "").Where(p => shard is not { } s || s.Owns(p.Name));

    private static IEnumerable<SourcePicture> In(string folder, string prefix)
    {
        string[] entries;
        try
        {
            entries = [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(e => !e.Name.StartsWith('.'))
                .Where(e => e is FileInfo ? IsPicture(e.Name) : !e.Attributes.HasFlag(FileAttributes.ReparsePoint))
                .Select(e => e is FileInfo ? e.Name : e.Name + "/").Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, folder, $"this folder could not be listed: {e.Message}", "Check its permissions.", e);
        }
        HashSet<string> twice = [.. entries.Where(n => !n.EndsWith('/'))
            .GroupBy(n => Path.GetFileNameWithoutExtension(n), StringComparer.Ordinal).Where(g => g.Skip(1).Any()).Select(g => g.Key)];
        foreach (string entry in entries)
        {
            if (!entry.EndsWith('/'))
                yield return new SourcePicture(prefix + entry, Path.Combine(folder, entry),
                    twice.Contains(Path.GetFileNameWithoutExtension(entry)));
            else
                foreach (SourcePicture below in In(Path.Combine(folder, entry[..^1]), prefix + entry)) yield return below;
        }
    }

    private static bool IsPicture(string name)
        => PictureFormat.FromExtension(name) is not null || Others.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}

/// <summary>A part of a source: every picture belongs to one of <paramref name="Count"/> by the digest of its name.</summary>
/// <param name="Index">Which one, from 0.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct Shard(int Index, int Count)
{
    /// <summary>Whether a picture is one of its own.</summary>
    public bool Owns(string name) => Of(name, Count) == Index;

    /// <summary>The shard that a picture belongs to.</summary>
    public static int Of(string name, int count)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)count);
    }
}
