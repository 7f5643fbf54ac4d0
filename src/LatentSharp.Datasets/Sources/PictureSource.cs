using LatentSharp.Datasets.Manifests;

namespace LatentSharp.Datasets.Sources;

/// <summary>Where the pictures of a data set come from. It can be gone through as often as needed, always in the same order.</summary>
internal abstract class PictureSource
{
    // Read here, or known as pictures that are not: those are named as failures and not passed over.
    private static readonly string[] Others = [".bmp", ".heic", ".heif", ".jxl"];

    /// <summary>The files beside pictures that hold captions, the first that is there.</summary>
    public static IReadOnlyList<string> CaptionExtensions { get; } = [".txt", ".caption"];

    /// <summary>Opens what was named: a folder, a list (<c>@names.txt</c>), a tar, zip or Parquet file.</summary>
    /// <exception cref="LatentSharpException">There is no such thing, or it is something else.</exception>
    public static PictureSource Open(string named)
    {
        if (Directory.Exists(named)) return new PictureTree(named);
        if (named is ['@', .. var list] && list.Length > 0) return new PictureList(list);
        if (!File.Exists(named))
            throw new LatentSharpException(ErrorKind.NotFound, named, "there is no such folder or file.", $"Looked at {Path.GetFullPath(named)}.");
        return Path.GetExtension(named).ToUpperInvariant() switch
        {
            ".TAR" => new PictureTar(named),
            ".ZIP" => new PictureZip(named),
            ".PARQUET" => new PictureParquet(named),
            _ => throw new LatentSharpException(ErrorKind.BadInput, named,
                "a folder, a list (@names.txt), a .tar, a .zip or a .parquet of pictures was expected.",
                "Name the folder that it lies in."),
        };
    }

    /// <summary>All pictures.</summary>
    public abstract IEnumerable<SourcePicture> Pictures();

    /// <summary>How many there are, in all or of one of several parts.</summary>
    public int Count(Shard? shard = null) => Names().Count(n => shard is not { } s || s.Owns(n));

    /// <summary>All pictures, or those of one of several parts.</summary>
    public IEnumerable<SourcePicture> Pictures(Shard? shard) => Pictures().Where(p => shard is not { } s || s.Owns(p.Name));

    /// <summary>The names of all pictures; nothing else is read.</summary>
    public abstract IEnumerable<string> Names();

    /// <summary>A caption as it is kept: without the line break at its end; null when nothing is left.</summary>
    public static string? CaptionOf(string text) => text.Trim() is { Length: > 0 } caption ? caption : null;

    /// <summary>Whether a name is that of a picture.</summary>
    protected static bool IsPicture(string name)
        => PictureFormat.FromExtension(name) is not null || Others.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    /// <summary>The names without extension that several pictures have, by <see cref="ManifestSegment.HashOf"/>.</summary>
    protected static HashSet<UInt128> SharedStems(IEnumerable<string> names) => Repeated(names.Select(StemOf));

    /// <summary>What comes more than once among any number of texts, by <see cref="ManifestSegment.HashOf"/>.</summary>
    protected static HashSet<UInt128> Repeated(IEnumerable<string> texts)
    {
        using var sorted = new KeyedSort<byte>();
        foreach (string text in texts) sorted.Add(ManifestSegment.HashOf(text), 0);
        var repeated = new HashSet<UInt128>();
        UInt128? last = null;
        foreach ((UInt128 text, _) in sorted.Ordered())
        {
            if (text == last) repeated.Add(text);
            last = text;
        }
        return repeated;
    }

    /// <summary>Whether a picture shares its name without extension with another.</summary>
    protected static bool Shares(string name, HashSet<UInt128> sharedStems) => sharedStems.Contains(ManifestSegment.HashOf(StemOf(name)));

    /// <summary>A path without its extension.</summary>
    protected static string StemOf(string name) => name[..^Path.GetExtension(name).Length];

    /// <summary>A member of an archive as the name of a picture; null for what is none.</summary>
    protected static string? NameOfMember(string member)
    {
        string name = PathOfMember(member);
        string[] parts = name.Split('/');
        // What is hidden, and what would lead out of the data set's folder.
        return parts.Any(p => p.Length == 0 || p[0] == '.') || !IsPicture(name) ? null : name;
    }

    /// <summary>A member of an archive as a path below its top.</summary>
    protected static string PathOfMember(string member)
    {
        string name = member.Replace('\\', '/').TrimStart('/');
        return name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
    }

    /// <summary>Whether a name is that of a caption.</summary>
    protected static bool IsCaption(string name) => CaptionExtensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}
