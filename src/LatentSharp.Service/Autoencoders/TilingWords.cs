namespace LatentSharp.Service.Autoencoders;

/// <summary>The words for <see cref="BlendedTiling"/> on the command line and in results.</summary>
public static class TilingWords
{
    /// <summary>No tiling at all.</summary>
    public const string None = "none";

    private static readonly Dictionary<string, BlendedTiling> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["diffusers"] = BlendedTiling.Diffusers, ["comfyui"] = BlendedTiling.ComfyUI,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<string> All { get; } = [None, .. Words.Keys];

    /// <summary>What a word and sizes mean; null for no tiling.</summary>
    /// <param name="word">One of <see cref="All"/>.</param>
    /// <param name="tile">The side of a tile in pixels; null for the program's own.</param>
    /// <param name="overlap">Pixels that tiles share; null for the program's own.</param>
    /// <exception cref="LatentSharpException">There is no such word, or sizes are given without one.</exception>
    public static BlendedTiling? Of(string word, int? tile, int? overlap)
    {
        if (Words.TryGetValue(word, out BlendedTiling? tiling)) return tiling with { TileSize = tile, Overlap = overlap };
        if (!word.Equals(None, StringComparison.OrdinalIgnoreCase))
            throw new LatentSharpException(ErrorKind.Usage, "tiling", $"\"{word}\" is no way to tile; there are {string.Join(", ", All)}.");
        return tile is null && overlap is null ? null
            : throw new LatentSharpException(ErrorKind.Usage, tile is null ? "tile-overlap" : "tile-size",
                "a size of tiles was given, but pictures are computed whole unless a program is named whose tiling is wanted.",
                new Remedy(RemedyKind.GiveOption, "Name the program too.", "tiling"));
    }

    /// <summary>What a result says about it.</summary>
    internal static string Note(BlendedTiling tiling)
        => $"tiled as another program does it ({tiling}): the result is that program's, not that of the picture computed whole";
}
