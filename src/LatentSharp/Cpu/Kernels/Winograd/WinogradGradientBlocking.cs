using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>
/// How the gradient of 3x3 filters is computed in Winograd's domain: tiles of the picture a block at a time, first all transforms, then for
/// every position the product of the two transformed matrices, which is added to the position's sums. Depends on the sizes only.
/// </summary>
internal readonly record struct WinogradGradientBlocking
{
    /// <summary>Channels of the source that lie together, so that those of a block's tiles stay in the first-level cache.</summary>
    public const int SourceChannels = 64;

    /// <summary>Channels of the gradient that lie together: a cache line.</summary>
    public const int GradientChannels = 16;

    // Positions that are summed in float32, as in direct sums.
    private const int MostTiles = 256;

    // Floats of the transformed tiles of a block: they are read as often as there are groups of outputs.
    private const int MostTransformed = 6 << 20;

    public WinogradGradientBlocking(FeatureShape source, FeatureShape gradient)
    {
        Tile = WinogradBlocking.TileFor(gradient.Height, gradient.Width);
        int side = Tile + 2;
        Positions = side * side;
        TilesAcross = (gradient.Width + Tile - 1) / Tile;
        Tiles = TilesAcross * ((gradient.Height + Tile - 1) / Tile);
        (Inputs, Outputs) = (source.Channels, gradient.Channels);
        SourceBlocks = (Inputs + SourceChannels - 1) / SourceChannels;
        GradientBlocks = (Outputs + GradientChannels - 1) / GradientChannels;
        int most = Math.Min(MostTiles, MostTransformed / (Positions * (SourceBlocks * SourceChannels + GradientBlocks * GradientChannels)));
        Blocks = (Tiles + most - 1) / Math.Max(1, most);
        TilesPerBlock = (Tiles + Blocks - 1) / Blocks;
        // A cache line more than a power of two: 64 positions a power of two apart would fall into the same few sets of the cache.
        SourcePosition = (nint)SourceBlocks * TilesPerBlock * SourceChannels + 16;
        GradientPosition = (nint)GradientBlocks * TilesPerBlock * GradientChannels + 16;
    }

    /// <summary>Result pixels on a side of a tile: 4 or 6.</summary>
    public int Tile { get; }

    /// <summary>Values of a transformed tile: 36 or 64.</summary>
    public int Positions { get; }

    /// <summary>Tiles in a row of the picture.</summary>
    public int TilesAcross { get; }

    /// <summary>Tiles in all.</summary>
    public int Tiles { get; }

    /// <summary>Channels of the source.</summary>
    public int Inputs { get; }

    /// <summary>Channels of the gradient.</summary>
    public int Outputs { get; }

    /// <summary>Times <see cref="SourceChannels"/> channels.</summary>
    public int SourceBlocks { get; }

    /// <summary>Times <see cref="GradientChannels"/> channels.</summary>
    public int GradientBlocks { get; }

    /// <summary>Times that all positions are gone through.</summary>
    public int Blocks { get; }

    /// <summary>Tiles of a block (the last may have fewer).</summary>
    public int TilesPerBlock { get; }

    /// <summary>Floats from one position of the transformed source to the next.</summary>
    public nint SourcePosition { get; }

    /// <summary>Floats from one position of the transformed gradient to the next.</summary>
    public nint GradientPosition { get; }

    /// <summary>Floats of the sums: [position, output, input].</summary>
    public nint Sums => (nint)Positions * Outputs * Inputs;

    /// <summary>Floats of the transformed source and gradient of a block.</summary>
    public nint Transformed => Positions * (SourcePosition + GradientPosition);

    /// <summary>Where a tile's channels from <paramref name="channel"/> on lie in position 0 of the transformed source.</summary>
    public nint SourceAt(int tile, int channel)
        => ((nint)(channel / SourceChannels) * TilesPerBlock + tile) * SourceChannels + channel % SourceChannels;

    /// <summary>The same of the transformed gradient.</summary>
    public nint GradientAt(int tile, int channel)
        => ((nint)(channel / GradientChannels) * TilesPerBlock + tile) * GradientChannels + channel % GradientChannels;

    /// <summary>Whether a gradient can be computed so: 3x3, all pixels, whole registers of channels.</summary>
    public static bool Fits(Window window, FeatureShape source, FeatureShape gradient)
        => window is { Height: 3, Width: 3, Stride: 1, Groups: 1, Padding: (1, 1, 1, 1) } && source.Channels % 16 == 0
            && gradient.Channels % 16 == 0 && gradient.Height >= 8 && gradient.Width >= 8;
}
