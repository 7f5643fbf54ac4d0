namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// How a stride-1 3x3 convolution is cut into units of work for Winograd: strips of four rows, each cut into runs of 4x4 tiles, several strips to a unit where rows are short.
/// Strips and runs, for each of which sums are gathered, depend on the sizes only; how many strips make a unit depends on the workers that share the work.
/// </summary>
internal readonly record struct WinogradBlocking
{
    /// <summary>Result columns of the products that are computed between two result transforms: bounds the memory of the products without losing weight reuse.</summary>
    private const int ProductColumns = 128;

    /// <summary>The most tiles of a unit. Measured: see docs/performance.md.</summary>
    private const int MostTiles = 96;

    /// <summary>The most floats of a unit's transformed input, about what stays near the core.</summary>
    private const int MostTransformedInput = 36 * 96 * 512;

    public WinogradBlocking(in ConvolutionShape shape, int rowsPerBlock, int panelWidth, int workers)
    {
        TilesAcross = (shape.Result.Width + 3) / 4;
        Strips = (shape.Result.Height + 3) / 4;
        int most = Math.Clamp(MostTransformedInput / (36 * shape.Source.Channels) / rowsPerBlock * rowsPerBlock, rowsPerBlock, MostTiles);
        Runs = (TilesAcross + most - 1) / most;
        TilesPerRun = (TilesAcross + Runs - 1) / Runs;
        StripsPerUnit = Runs > 1 ? 1 : Share(Math.Clamp(most / TilesPerRun, 1, Strips), workers);
        int tiles = TilesPerRun * StripsPerUnit;
        PaddedTiles = (tiles + rowsPerBlock - 1) / rowsPerBlock * rowsPerBlock;
        var packed = new PackedMatrix(shape.Source.Channels, shape.Result.Channels, panelWidth);
        PanelsAtOnce = Math.Min(packed.Panels, Math.Max(1, ProductColumns / panelWidth));
        // One cache line more than a multiple of the tile row: 36 positions a power of two apart would fall into the same few sets of the cache.
        InputPosition = (nint)PaddedTiles * shape.Source.Channels + 16;
        ProductPosition = (nint)PaddedTiles * PanelsAtOnce * panelWidth + 16;
        Patch = 6 * (4 * (nint)TilesPerRun + 2) * shape.Source.Channels;
        WeightPosition = packed.Size;
    }

    /// <summary>4x4 tiles in a row of the picture.</summary>
    public int TilesAcross { get; }

    /// <summary>Strips of four rows.</summary>
    public int Strips { get; }

    /// <summary>Runs that a strip is cut into.</summary>
    public int Runs { get; }

    /// <summary>Tiles of a run (the last may have fewer).</summary>
    public int TilesPerRun { get; }

    /// <summary>Strips that are computed together.</summary>
    public int StripsPerUnit { get; }

    /// <summary>Tiles of a unit, rounded up to whole rows of the matrix kernel.</summary>
    public int PaddedTiles { get; }

    /// <summary>Panels of result channels between two result transforms.</summary>
    public int PanelsAtOnce { get; }

    /// <summary>Floats from one position of the transformed input to the next.</summary>
    public nint InputPosition { get; }

    /// <summary>Floats from one position of the products to the next.</summary>
    public nint ProductPosition { get; }

    /// <summary>Floats of the patch buffer.</summary>
    public nint Patch { get; }

    /// <summary>Floats from one position of the transformed weights to the next.</summary>
    public nint WeightPosition { get; }

    /// <summary>Strips times runs: the parts for which sums are gathered apart.</summary>
    public int Cells => Strips * Runs;

    /// <summary>Units of work.</summary>
    public int Units => (Strips + StripsPerUnit - 1) / StripsPerUnit * Runs;

    /// <summary>Floats of scratch memory for each worker.</summary>
    public nint Scratch => Patch + 36 * (InputPosition + ProductPosition) + 64;

    /// <summary>Floats of the transformed weights.</summary>
    public nint Weights => 36 * WeightPosition;

    // Many strips a unit read the weights less often; few keep every worker busy to the end. 16 tiles stand for what reading the weights costs beside the arithmetic.
    private int Share(int most, int workers)
    {
        const double WeightReading = 16;
        int best = 1;
        double bestSpeed = 0;
        for (int strips = 1; strips <= most; strips++)
        {
            int units = (Strips + strips - 1) / strips, busiest = Math.Min(Strips, (units + workers - 1) / workers * strips), tiles = strips * TilesPerRun;
            double speed = (double)Strips / busiest * tiles / (tiles + WeightReading);
            if (speed > bestSpeed) (best, bestSpeed) = (strips, speed);
        }
        return best;
    }
}
