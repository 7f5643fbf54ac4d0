namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>
/// How a 3x3 convolution is cut into units of work for Winograd: strips of one row of tiles, each cut into runs of tiles, several
/// strips to a unit where rows are short. Strips and runs, for each of which sums are gathered, depend on the sizes only; how many strips
/// make a unit, and whether several units share its result channels, depends on the workers that share the work.
/// </summary>
internal readonly record struct WinogradBlocking
{
    /// <summary>
    /// Result columns of the products that are computed between two result transforms: bounds the memory of the products without losing
    /// weight reuse. With panels of 32 columns two of them: a 512x512 decode took 4 % less than with four, with panels of 16 columns 2 %
    /// more.
    /// </summary>
    private const int ProductColumns = 128, WidePanel = 32, WideColumns = 64;

    /// <summary>
    /// Pixels from which on the larger tile pays: its weights are 1.8 times as many, and with fewer pixels writing them costs more than its
    /// products save.
    /// </summary>
    private const int FewestPixels = 100 * 100;

    /// <summary>The most floats of a unit's transformed input, about what stays near the core.</summary>
    private const int MostTransformedInput = 36 * 96 * 512;

    /// <summary>Floats of the patches that are read before they are transformed: they have to be in the second-level cache still.</summary>
    private const int PatchFloats = 64 << 10;

    public WinogradBlocking(in ConvolutionShape shape, int rowsPerBlock, int panelWidth, int workers)
    {
        Tile = TileOf(shape);
        int side = Side(shape), step = shape.Stride * Tile;
        Positions = side * side;
        Filters = shape.Stride == 2 ? 25 : Positions;
        TilesAcross = (shape.Result.Width + Tile - 1) / Tile;
        Strips = (shape.Result.Height + Tile - 1) / Tile;
        int most = Math.Clamp(MostTransformedInput / (Positions * shape.Source.Channels) / rowsPerBlock * rowsPerBlock, rowsPerBlock,
            MostTiles(Tile));
        Runs = (TilesAcross + most - 1) / most;
        TilesPerRun = (TilesAcross + Runs - 1) / Runs;
        // Whole blocks of rows of the matrix kernel, whose smallest one is a third: what does not fill one is computed in vain.
        int block = Math.Max(1, rowsPerBlock / 3);
        if (Runs > 1) TilesPerRun = (TilesPerRun + block - 1) / block * block;
        Runs = (TilesAcross + TilesPerRun - 1) / TilesPerRun;
        var packed = new PackedMatrix(shape.Source.Channels, shape.Result.Channels, panelWidth);
        PanelsAtOnce = Math.Min(packed.Panels, Math.Max(1, (panelWidth < WidePanel ? ProductColumns : WideColumns) / panelWidth));
        int turns = (packed.Panels + PanelsAtOnce - 1) / PanelsAtOnce;
        int mostStrips = Runs > 1 ? 1 : Math.Clamp(most / TilesPerRun, 1, Strips);
        (StripsPerUnit, TurnsPerPart) = Share(mostStrips, turns, shape.Result.Channels, workers);
        Parts = (turns + TurnsPerPart - 1) / TurnsPerPart;
        int tiles = TilesPerRun * StripsPerUnit;
        PaddedTiles = (tiles + rowsPerBlock - 1) / rowsPerBlock * rowsPerBlock;
        // One cache line more than a multiple of the tile row: positions a power of two apart would fall into the same few sets of the
        // cache.
        InputPosition = (nint)PaddedTiles * shape.Source.Channels + 16;
        ProductPosition = PanelsAtOnce * panelWidth + 16;
        ProductTile = Positions * ProductPosition;
        TilesAtOnce = Math.Min(TilesPerRun, Math.Max(2, PatchFloats / (side * step * shape.Source.Channels)));
        Patch = side * (step * (nint)(TilesAtOnce - 1) + side) * shape.Source.Channels;
        WeightPosition = packed.Size;
        PanelPosition = packed.PanelSize + 16;
        OwnPanels = Groups * Runs == 1 && workers <= packed.Panels
            && Positions * InputPosition + Filters * PanelPosition <= MostTransformedInput;
    }

    /// <summary>Result pixels on a side of a tile: 4 or 6, with stride 2 3.</summary>
    public int Tile { get; }

    /// <summary>Values of a transformed tile: 36 or 64, with stride 2 49.</summary>
    public int Positions { get; }

    /// <summary>Values of a transformed filter, of which some may stand in several positions.</summary>
    public int Filters { get; }

    /// <summary>Tiles in a row of the picture.</summary>
    public int TilesAcross { get; }

    /// <summary>Strips of one row of tiles.</summary>
    public int Strips { get; }

    /// <summary>Runs that a strip is cut into.</summary>
    public int Runs { get; }

    /// <summary>Tiles of a run (the last may have fewer).</summary>
    public int TilesPerRun { get; }

    /// <summary>The most strips that are computed together.</summary>
    public int StripsPerUnit { get; }

    /// <summary>
    /// Units that share the result channels of the same strips. Each transforms the input for itself, which is little beside the products
    /// of many channels, so that workers do not wait where there are fewer strips than workers.
    /// </summary>
    public int Parts { get; }

    /// <summary>Times <see cref="PanelsAtOnce"/> panels of a part (the last part may have fewer).</summary>
    public int TurnsPerPart { get; }

    /// <summary>Groups of strips, which differ by one strip at most.</summary>
    public int Groups => (Strips + StripsPerUnit - 1) / StripsPerUnit;

    /// <summary>Tiles of a unit, rounded up to whole rows of the matrix kernel.</summary>
    public int PaddedTiles { get; }

    /// <summary>Tiles whose patches are read before they are transformed.</summary>
    public int TilesAtOnce { get; }

    /// <summary>Panels of result channels between two result transforms.</summary>
    public int PanelsAtOnce { get; }

    /// <summary>Floats from one position of the transformed input to the next.</summary>
    public nint InputPosition { get; }

    /// <summary>Floats from one position of a tile's products to the next.</summary>
    public nint ProductPosition { get; }

    /// <summary>
    /// Floats from the products of one tile to those of the next. The positions of a tile lie together, because the transform of the
    /// result reads them all at once: a whole unit apart they would be in as many pages.
    /// </summary>
    public nint ProductTile { get; }

    /// <summary>Floats of the patch buffer.</summary>
    public nint Patch { get; }

    /// <summary>Floats from one value of the transformed filters to the next.</summary>
    public nint WeightPosition { get; }

    /// <summary>The same within a panel that lies by itself.</summary>
    public nint PanelPosition { get; }

    /// <summary>
    /// Whether each panel of weights meets one unit only, which makes it for itself then: it stays in the caches instead of passing
    /// through memory. Not where that would take more memory: with more workers than panels, or where a panel and the transformed input
    /// together are larger than the largest transformed input.
    /// </summary>
    public bool OwnPanels { get; }

    /// <summary>Strips times runs: the parts for which sums are gathered apart.</summary>
    public int Cells => Strips * Runs;

    /// <summary>Units of work, those of a group of strips one after the other.</summary>
    public int Units => Groups * UnitsPerGroup;

    /// <summary>Units of a group of strips.</summary>
    public int UnitsPerGroup => Runs * Parts;

    /// <summary>The first strip of a group; that of the group after the last is the number of strips.</summary>
    public int FirstStrip(int group) => (int)((long)group * Strips / Groups);

    /// <summary>Floats of scratch memory for each worker.</summary>
    public nint Scratch => Patch + Positions * InputPosition + PaddedTiles * ProductTile + 64;

    /// <summary>Floats of the transformed weights.</summary>
    public nint Weights => Filters * WeightPosition;

    /// <summary>
    /// The tile for a picture: large tiles need fewer products, unless too much of them lies outside. All convolutions of one size have one
    /// tile, and so strips of one height.
    /// </summary>
    public static int TileFor(int height, int width)
    {
        return height * width >= FewestPixels && 10 * Products(6) <= 9 * Products(4) ? 6 : 4;

        long Products(int tile) => (long)((height + tile - 1) / tile) * ((width + tile - 1) / tile) * (tile + 2) * (tile + 2);
    }

    /// <summary>
    /// Products that are done for each of a direct convolution. On an enlarged picture one position of each row and one row are zero.
    /// </summary>
    public static double ProductsPerDirect(in ConvolutionShape shape)
    {
        int tile = TileOf(shape), side = Side(shape) - (shape.Enlarged ? 1 : 0);
        return side * side / (9.0 * tile * tile);
    }

    private static int TileOf(in ConvolutionShape shape) => shape.Stride == 2 ? 3 : TileFor(shape.Result.Height, shape.Result.Width);

    // Pixels on a side of a patch.
    private static int Side(in ConvolutionShape shape) => shape.Stride * (TileOf(shape) - 1) + 3;

    // Measured: see docs/performance.md.
    private static int MostTiles(int tile) => tile == 6 ? 72 : 96;

    // What transforming the input of a tile costs, in result channels of products. Alone it is 31 on Zen 3 (1,100 cycles for 8 channels,
    // reading and SiLU included, and 36 for each result channel); with that figure simulated schedules were a tenth slower, since each part
    // reads the input from memory again.
    private const double InputChannels = 60;

    // Many strips a unit read the weights less often; few keep every worker busy to the end, and so do parts of their channels. 16 tiles
    // stand for what reading the weights costs beside the arithmetic.
    private (int Strips, int TurnsPerPart) Share(int most, int turns, int channels, int workers)
    {
        const double WeightReading = 16;
        (int, int) best = (1, turns);
        double least = double.MaxValue;
        for (int perPart = turns; perPart > 0; perPart--)
        {
            int parts = (turns + perPart - 1) / perPart;
            for (int strips = 1; strips <= most; strips++)
            {
                // As the strips of a group differ by one at most, so do the strips of workers that take one group more or none.
                int groups = (Strips + strips - 1) / strips, rounds = (groups * Runs * parts + workers - 1) / workers;
                double time = rounds * ((double)Strips / groups * TilesPerRun + WeightReading)
                    * (InputChannels + (double)channels * perPart / turns);
                if (time < least) (best, least) = ((strips, perPart), time);
            }
        }
        return best;
    }
}
