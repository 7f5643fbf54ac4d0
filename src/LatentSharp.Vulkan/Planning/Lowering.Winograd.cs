using LatentSharp.Graph;
using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;

namespace LatentSharp.Vulkan.Planning;

/// <summary>
/// 3x3 convolutions by Winograd's F(4x4, 3x3), in the mode fp32-fast: weights and source become factors of 36 products for 16 results (25
/// where the source is enlarged), which the products' sums are then made results of. Weights stay as they are stored and are transformed
/// for their step; tiles come in bands, so that little memory is needed for what lies in between.
/// </summary>
internal sealed partial class Lowering
{
    private const int TileSide = 4;

    // Of the factors of a band and of their products, each: as much as caches of large cards hold.
    private const long WinogradBytes = 32 << 20;

    // Fewer channels have too little to compute for what is moved.
    private const int FewestChannels = 16;

    // Operations of the transformations for each value: rows and columns of 13, 10 and 12.
    private const int InputWork = 12 * 13, OutputWork = 10 * 10, WeightWork = 9 * 12;

    // What convolutions normalise while they read: the table of three rows, and the function behind it.
    private readonly Dictionary<Node, (Storage Table, ActivationKind? Function)> normalised = [];

    // The source of a convolution that reads what was before its normalisation.
    private bool IsReadNormalised(Node last) => OnlyUser(last) is Conv2d { Groups: 1 } user && TakesWinograd(user, twice: false);

    private bool TakesWinograd(Conv2d node, bool twice)
    {
        if (!isFast || node.Window != new Window(3, 3, 1, Padding.All(1), 1)) return false;
        (FeatureShape shape, int channels) = (node.Shape, node.Source.Shape.Channels);
        if (Math.Min(channels, shape.Channels) < FewestChannels) return false;
        (long across, long filters) = (Divided(shape.Width, TileSide), Filters(twice));
        long tiles = Divided(shape.Height, TileSide) * across, pairs = (long)channels * shape.Channels;
        long room = (limits.BufferRange - limits.Alignment) / sizeof(float);
        long work = tiles * (filters * pairs + InputWork * channels + OutputWork * shape.Channels) + WeightWork * pairs;
        return work < shape.Positions * 9 * pairs
            && filters * Math.Max(pairs, across * Math.Max(channels, shape.Channels)) <= room;
    }

    private static int Filters(bool twice) => twice ? 25 : 36;

    private void LowerWinograd(Conv2d node, bool twice)
    {
        Epilogue after = Follow(node);
        Place from = PlaceOf(node.Source);
        Place to = ProductPlace(after, from);
        int step = Step(after.Together), channels = node.Source.Shape.Channels, shift = twice ? 1 : 0;
        (FeatureShape read, FeatureShape written, int filters) = (node.Source.Shape, node.Shape, Filters(twice));
        (WeightStorage matrix, WeightStorage? bias) = (Kernels(node), Values(node.Bias));
        (long across, long height) = (Divided(written.Width, TileSide), Divided(written.Height, TileSide));
        long pairs = (long)channels * written.Channels;
        Storage factors = Scratch($"factors of {node.Weight.Name}", filters * pairs * sizeof(float));
        Kernel weights = Of("winograd_weights", Points, 0, 0, (uint)matrix.Form.Type, (uint)shift);
        foreach ((long first, long count) in Bands(pairs, sizeof(float), WeightWork, n => Divided(n, Points)))
            Emit(step, weights, Divided(count, Points), count * WeightWork,
                [(uint)pairs, (uint)channels, (uint)first, (uint)(first + count)], Whole(1, matrix), Whole(4, factors, writes: true));

        long tileBytes = filters * Math.Max(channels, written.Channels) * (long)sizeof(float);
        long readRow = (long)(read.Width >> shift) * channels * sizeof(float);
        long writtenRow = (long)written.Width * written.Channels * sizeof(float);
        (uint blockTiles, uint blockChannels) = Tile(written.Channels);
        uint channelBlocks = (uint)Divided(written.Channels, blockChannels);
        // Filters may be cut too, so that a row of tiles may have the work of one.
        (long First, long Count)[] bands = [.. Bands(height, Math.Max(across * tileBytes, TileSide * Math.Max(readRow, writtenRow)),
            across * Math.Max(pairs, InputWork * channels), n => Divided(n * across, blockTiles) * channelBlocks, extra: 1,
            most: Math.Max(1, WinogradBytes / (across * tileBytes)))];
        long largest = bands.Max(b => b.Count) * across * filters * sizeof(float);
        Storage values = Scratch($"factors of the source of {node.Name}", largest * channels);
        Storage products = Scratch($"products of {node.Name}", largest * written.Channels);
        bool isNormalised = normalised.TryGetValue(node.Source, out (Storage Table, ActivationKind? Function) before);
        Kernel input = Of("winograd_input", Points, isNormalised ? 1u : 0, before.Function is { } kind ? (uint)kind + 1 : 0, 0, (uint)shift);
        Kernel output = new("winograd_output", [Points, 0, 0, 0, (uint)shift, 0, 0, 0,
            bias is null ? 0u : 1, after.Residual is null ? 0u : 1, after.FunctionCode, after.FunctionIsLast ? 1u : 0]);
        Kernel product = Of("winograd_product", blockTiles / 4 * (blockChannels / 4), blockTiles, blockChannels);
        foreach ((long first, long count) in bands)
        {
            long tiles = count * across, firstRow = first * TileSide, rows = Math.Min(count * TileSide, written.Height - firstRow);
            (long readFirst, long readRows) = Read(node.Window, firstRow, rows, read.Height, shift);
            List<Use> taken = [Rows(0, from, readFirst, readRows, readRow, writes: false)];
            if (isNormalised) taken.Add(Whole(1, before.Table));
            taken.Add(Filter(4, values, 0, filters, tiles * channels, writes: true));
            Emit(step, input, Divided(tiles * channels, Points), tiles * channels * InputWork,
                [(uint)read.Height, (uint)read.Width, (uint)channels, (uint)readFirst, (uint)across, (uint)first, (uint)tiles],
                taken.ToArray());

            long blocks = Divided(tiles, blockTiles), together = Math.Clamp(limits.DispatchWork / (tiles * pairs), 1, filters);
            for (long filter = 0; filter < filters; filter += together)
            {
                long some = Math.Min(together, filters - filter);
                Emit(step, product, some * blocks * channelBlocks, some * tiles * pairs,
                    [(uint)channels, (uint)written.Channels, (uint)tiles, channelBlocks, (uint)blocks, (uint)some],
                    Filter(0, values, filter, some, tiles * channels), Filter(1, factors, filter, some, pairs),
                    Filter(4, products, filter, some, tiles * written.Channels, writes: true));
            }

            List<Use> uses = [Filter(0, products, 0, filters, tiles * written.Channels)];
            if (bias is not null) uses.Add(Whole(2, bias));
            if (after.Residual is { } residual) uses.Add(Rows(3, places[residual], firstRow, rows, writtenRow, writes: false));
            uses.Add(Rows(4, to, firstRow, rows, writtenRow, writes: true));
            Emit(step, output, Divided(tiles * written.Channels, Points), tiles * written.Channels * OutputWork,
                [(uint)rows, (uint)written.Width, (uint)written.Channels, (uint)across, (uint)tiles], uses.ToArray());
        }
        Release(after.Together);
    }

    private static Use Filter(uint slot, Storage storage, long first, long count, long values, bool writes = false)
        => new(slot, storage, first * values * sizeof(float), count * values * sizeof(float), writes);
}
