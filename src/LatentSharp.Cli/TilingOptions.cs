using System.CommandLine;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Cli;

/// <summary>The options with which pictures are tiled as another program tiles them.</summary>
internal sealed class TilingOptions
{
    private const int LargestTile = 1 << 16;

    private readonly Option<string> tiling = SharedOptions.Choice("--tiling",
        "Tile and blend as that program does, to get what it gets. The picture changes; --memory is what saves memory.", TilingWords.None,
        TilingWords.All);
    private readonly Option<int?> size = Pixels("--tile-size", "The side of a tile in pixels, with --tiling; by default the program's own.", 1),
        overlap = Pixels("--tile-overlap", "Pixels that tiles share, with --tiling; by default the program's own.", 0);

    /// <summary>All of them.</summary>
    internal IReadOnlyList<Option> All => [tiling, size, overlap];

    /// <summary>What was asked for; null for pictures computed whole.</summary>
    internal BlendedTiling? Of(ParseResult arguments)
        => TilingWords.Of(arguments.GetRequiredValue(tiling), arguments.GetValue(size), arguments.GetValue(overlap));

    private static Option<int?> Pixels(string name, string description, int least)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "PIXELS" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out int n) || n < least || n > LargestTile))
                result.AddError($"{name} {token.Value}: a whole number from {least} to {LargestTile} is expected.");
        });
        return option;
    }
}
