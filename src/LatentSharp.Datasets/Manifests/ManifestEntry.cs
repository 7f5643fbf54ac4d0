using System.Text.Json.Serialization;
using LatentSharp.Datasets.Preprocessing;

namespace LatentSharp.Datasets.Manifests;

/// <summary>What was made of a picture, or why nothing could be. One line of JSON; the name comes first.</summary>
/// <param name="Name">The picture's path below the source, with slashes.</param>
/// <param name="Edition">How often the picture was done, from 1: of two entries the later counts.</param>
internal sealed record ManifestEntry([property: JsonPropertyOrder(-2)] string Name, [property: JsonPropertyOrder(-1)] int Edition)
{
    /// <summary>Bytes of the picture's file.</summary>
    public required long Bytes { get; init; }

    /// <summary>When the picture's file was last written to, in ticks of UTC; for a quick look only.</summary>
    public required long Modified { get; init; }

    /// <summary>SHA-256 of the picture's file.</summary>
    public required string Picture { get; init; }

    /// <summary>What names the result: the digest of the picture and of everything else that decides.</summary>
    public required string Key { get; init; }

    /// <summary>What was encoded of it; null when nothing was.</summary>
    public EntryPlacement? Placement { get; init; }

    /// <summary>Columns and rows that are cut off on the left and at the top of further crops; null when there is one crop.</summary>
    public IReadOnlyList<int[]>? Crops { get; init; }

    /// <summary>What is written about it beside it; null for nothing.</summary>
    public string? Caption { get; init; }

    /// <summary>What it looks like (<see cref="PictureLook"/>); null when nothing was encoded.</summary>
    public string? Look { get; init; }

    /// <summary>The files, in the order of the format.</summary>
    public IReadOnlyList<EntryFile> Files { get; init; } = [];

    /// <summary>What was done beyond plain reading.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether the picture's file says that it is shown otherwise than it is stored; trainers differ in that.</summary>
    public bool Turned { get; init; }

    /// <summary>Why there is no latent; null when there is.</summary>
    public EntryError? Error { get; init; }

    /// <summary>What was encoded: the first crop, and the further ones.</summary>
    public IReadOnlyList<Placement> Placements()
    {
        Placement first = Placement!.ToPlacement();
        return [first, .. (Crops ?? []).Select(c => first with { Left = c[0], Top = c[1] })];
    }
}

/// <summary>A file of the data set.</summary>
/// <param name="Name">Its path below the data set's folder, with slashes.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its digest.</param>
internal sealed record EntryFile(string Name, long Bytes, string Sha256);

/// <summary>Why a picture has no latent.</summary>
/// <param name="Kind">What kind of mistake it is.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Next">What can be done; null when nothing sensible can be said.</param>
internal sealed record EntryError(ErrorKind Kind, string What, string? Next);

/// <summary>A placement in few letters.</summary>
/// <param name="Picture">Width and height of the picture as the trainer sees it.</param>
/// <param name="Resized">Width and height after resizing.</param>
/// <param name="Crop">Columns and rows that were cut off on the left and at the top.</param>
/// <param name="Bucket">Width and height of what was encoded.</param>
/// <param name="Filter">How it was resized.</param>
internal sealed record EntryPlacement(int[] Picture, int[] Resized, int[] Crop, int[] Bucket, ResampleFilter Filter)
{
    /// <summary>In few letters.</summary>
    public static EntryPlacement Of(Placement placement)
        => new([placement.Picture.Width, placement.Picture.Height], [placement.Resized.Width, placement.Resized.Height],
            [placement.Left, placement.Top], [placement.Bucket.Width, placement.Bucket.Height], placement.Filter);

    /// <summary>The placement.</summary>
    public Placement ToPlacement()
        => new(new Extent(Picture[0], Picture[1]), new Extent(Resized[0], Resized[1]), Crop[0], Crop[1],
            new Extent(Bucket[0], Bucket[1]), Filter);
}

/// <summary>The JSON of what a data set says about itself.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ManifestEntry))]
internal sealed partial class ManifestJson : JsonSerializerContext;
