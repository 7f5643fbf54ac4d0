using LatentSharp.Graph;
using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;
using LatentSharp.Weights;

namespace LatentSharp.Vulkan.Planning;

/// <summary>What is computed value by value, normalisation, and values that change their places.</summary>
internal sealed partial class Lowering
{
    // Values of a chunk whose statistics a workgroup gathers. It is the same for all bands, so that results do not depend on them.
    private const int ChunkValues = 2048;

    private enum Point : uint { Apply, Add, AddRow, Multiply, MultiplyRow, Normalise, Gate, Modulate }

    private enum Move : uint { Upsample, Shuffle, Unshuffle, Copy, Repeat, Mean, Select, Gated }

    private enum RowNorm : uint { MeanSquare, Variance, Length }

    internal void LowerActivation(Activation node) => LowerPoints(node, Point.Apply, node.Source, [], node.Kind);

    internal void LowerSum(Add node) => LowerPoints(node, node.IsRow ? Point.AddRow : Point.Add, node.Left, [(node.Right, node.IsRow)]);

    internal void LowerProductOfValues(Multiply node)
        => LowerPoints(node, node.IsRow ? Point.MultiplyRow : Point.Multiply, node.Left, [(node.Right, node.IsRow)]);

    internal void LowerGate(Gate node) => LowerPoints(node, Point.Gate, node.Source, [(node.Change, false), (node.Factor, true)]);

    internal void LowerModulate(Modulate node) => LowerPoints(node, Point.Modulate, node.Source, [(node.Scale, true), (node.Shift, true)]);

    private void LowerGroupNorm(GroupNorm node)
    {
        int channels = node.Shape.Channels, groups = node.Groups, inside = channels / groups;
        long positions = node.Shape.Positions, chunk = Math.Max(1, ChunkValues / inside), chunks = Divided(positions, chunk);
        Place from = PlaceOf(node.Source);
        Storage parts = Scratch($"statistics of {node.Name}", chunks * groups * 3 * sizeof(float)),
            table = Scratch($"factors of {node.Name}", 3L * channels * sizeof(float));
        Node? next = OnlyUser(node);
        List<Node> together = next is Activation ? [node, next] : [node];
        int step = Step(together);
        Kernel gather = Of("statistics", 64);
        foreach ((long first, long count) in Bands(chunks, chunk * channels * sizeof(float), chunk * channels * 4, n => n * groups))
        {
            long start = first * chunk, length = Math.Min(count * chunk, positions - start);
            Emit(step, gather, count * groups, length * channels * 4,
                [(uint)channels, (uint)groups, (uint)length, (uint)chunk],
                Rows(0, from, start, length, channels * (long)sizeof(float), writes: false),
                new Use(4, parts, first * groups * 3 * sizeof(float), count * groups * 3 * sizeof(float), Writes: true));
        }
        Emit(step, Of("merge", 64), groups, chunks * groups, [(uint)channels, (uint)groups, (uint)chunks, Bits(node.Epsilon)],
            Whole(0, parts), Whole(1, Values(node.Weight)!), Whole(2, Values(node.Bias)!), Whole(4, table, writes: true));
        if (!IsReadNormalised(together[^1]))
        {
            EmitPoints(step, together, Point.Normalise, node.Source, [Whole(1, table)], [], (next as Activation)?.Kind);
            return;
        }
        // The convolution is one user of the source in the normalisation's stead.
        foreach (Node known in together) places[known] = from;
        normalised[together[^1]] = (table, (next as Activation)?.Kind);
    }

    internal void LowerBatchNorm(BatchNorm node)
    {
        int channels = node.Shape.Channels;
        WeightStorage table = Weight((node.Weight.Key, node.Mean.Key, "batch"), node.Name, () => WeightForm.Table(() =>
        {
            (float[] weight, float[] variance) = (node.Weight.Read(), node.Variance.Read());
            return [.. node.Mean.Read(), .. weight.Select((w, c) => (float)(w / Math.Sqrt((double)variance[c] + node.Epsilon))),
                .. node.Bias.Read()];
        }, 3L * channels));
        EmitPoints(Step(node), [node], Point.Normalise, node.Source, [Whole(1, table)], [], null);
    }

    private void LowerPoints(Node node, Point point, Node source, (Node Node, bool IsRow)[] others, ActivationKind? function = null)
    {
        List<Node> together = [node];
        if (function is null && OnlyUser(node) is Activation next)
        {
            together.Add(next);
            function = next.Kind;
        }
        List<Use> rows = [];
        List<(uint, Node)> bands = [];
        for (int i = 0; i < others.Length; i++)
        {
            uint slot = (uint)i + 1;
            if (others[i].IsRow) rows.Add(Whole(slot, PlaceOf(others[i].Node), others[i].Node, writes: false));
            else bands.Add((slot, others[i].Node));
        }
        EmitPoints(Step(together), together, point, source, rows, bands, function);
    }

    private void EmitPoints(int step, List<Node> together, Point point, Node source, IReadOnlyList<Use> whole,
        IReadOnlyList<(uint Slot, Node Node)> others, ActivationKind? function)
    {
        FeatureShape shape = together[^1].Shape;
        long row = shape.Channels * (long)sizeof(float);
        Place from = PlaceOf(source);
        Place to = InPlaceOr(together, [source, .. others.Select(o => o.Node)]);
        Kernel kernel = Of("pointwise", Points, (uint)point, function is { } kind ? (uint)kind + 1 : 0, to.IsHalf);
        // A thread writes a word.
        long words = shape.Channels * to.ValueBytes / sizeof(float);
        foreach ((long first, long count) in Bands(shape.Positions, row, shape.Channels * 4, n => Divided(n * words, kernel.Threads)))
        {
            List<Use> uses = [Rows(0, from, first, count, row, writes: false), .. whole,
                .. others.Select(o => Rows(o.Slot, PlaceOf(o.Node), first, count, row, writes: false))];
            AddTarget(uses, step, Rows(4, to, first, count, shape.Channels * to.ValueBytes, writes: true));
            Emit(step, kernel, Divided(count * words, kernel.Threads), count * shape.Channels * 4,
                [(uint)(count * shape.Channels), (uint)shape.Channels], uses.ToArray());
        }
        Release(together);
    }

    internal void LowerRms(RmsNorm node)
        => LowerRows(node, node.Source, RowNorm.MeanSquare, node.GroupChannels, node.Epsilon, node.Weight, node.Bias);

    internal void LowerLayerNorm(LayerNorm node)
        => LowerRows(node, node.Source, RowNorm.Variance, node.Shape.Channels, node.Epsilon, node.Weight, node.Bias);

    internal void LowerL2(L2Norm node)
        => LowerRows(node, node.Source, RowNorm.Length, node.Shape.Channels, L2Norm.Floor, node.Weight, null);

    private void LowerRows(Node node, Node source, RowNorm norm, int channels, float epsilon, WeightRef? scale, WeightRef? offset)
    {
        (Place from, Place to, int step) = (PlaceOf(source), InPlaceOr([node], source), Step(node));
        Kernel kernel = Of("rows", 64, (uint)norm, scale is null ? 0u : 1, offset is null ? 0u : 1);
        List<Use> whole = [];
        if (Values(scale) is { } s) whole.Add(Whole(1, s));
        if (Values(offset) is { } o) whole.Add(Whole(2, o));
        long rows = node.Shape.Count / channels, row = channels * (long)sizeof(float);
        foreach ((long first, long count) in Bands(rows, row, channels * 8L, n => n))
            Emit(step, kernel, count, count * channels * 8, [(uint)count, (uint)channels, Bits(epsilon)],
                [Rows(0, from, first, count, row, writes: false), .. whole, Rows(4, to, first, count, row, writes: true)]);
        Release([node]);
    }

    internal void LowerUpsample(Upsample2x node) => LowerMove(node, Move.Upsample, node.Source, sourceRows: n => n / 2, unit: 2);

    internal void LowerShuffle(PixelShuffle2x node) => LowerMove(node, Move.Shuffle, node.Source, sourceRows: n => n / 2, unit: 2);

    internal void LowerUnshuffle(PixelUnshuffle2x node) => LowerMove(node, Move.Unshuffle, node.Source, sourceRows: n => n * 2, unit: 1);

    internal void LowerRepeat(RepeatChannels node) => LowerPositions(node, Move.Repeat, node.Source, node.Times);

    internal void LowerMean(MeanOfChannels node) => LowerPositions(node, Move.Mean, node.Source, node.Size);

    internal void LowerGated(GatedSiLU node) => LowerPositions(node, Move.Gated, node.Source);

    internal void LowerSlice(Slice node) => LowerPositions(node, Move.Copy, node.Source, first: node.First);

    internal void LowerSelect(SelectChannels node)
    {
        WeightStorage sources = Weight(node, node.Name,
            () => WeightForm.Table(() => [.. node.Sources.Select(BitConverter.Int32BitsToSingle)], node.Sources.Length));
        LowerPositions(node, Move.Select, node.Source, table: sources);
    }

    internal void LowerConcat(Concat node)
    {
        Place to = New(node);
        int step = Step(node), at = 0;
        foreach (Node part in node.Parts)
        {
            bool beside = node.Axis == Axis.Channels;
            Place there = beside ? to : to with { Offset = to.Offset + at * (long)node.Shape.Channels * sizeof(float) };
            EmitMove(step, Move.Copy, part, PlaceOf(part), there, part.Shape, node.Shape.Channels, beside ? at : 0);
            at += beside ? part.Shape.Channels : part.Shape.Width;
        }
        Release([node]);
    }

    private void LowerPositions(Node node, Move move, Node source, int size = 0, int first = 0, WeightStorage? table = null)
    {
        Place to = New(node);
        EmitMove(Step(node), move, source, PlaceOf(source), to, node.Shape, node.Shape.Channels, 0, size, first, table);
        Release([node]);
    }

    // By positions: a position of the result reads the same position of the source.
    private void EmitMove(int step, Move move, Node source, Place from, Place to, FeatureShape shape, int targetChannels, int targetFirst,
        int size = 0, int firstChannel = 0, WeightStorage? table = null)
    {
        Kernel kernel = Of("rearrange", Points, (uint)move);
        long read = source.Shape.Channels * (long)sizeof(float), written = targetChannels * (long)sizeof(float);
        foreach ((long first, long count) in Bands(shape.Positions, Math.Max(read, written), shape.Channels * 4,
            n => Divided(n * shape.Channels, kernel.Threads)))
        {
            List<Use> uses = [Rows(0, from, first, count, read, writes: false)];
            if (table is not null) uses.Add(Whole(1, table));
            uses.Add(Rows(4, to, first, count, written, writes: true));
            Emit(step, kernel, Divided(count * shape.Channels, kernel.Threads), count * shape.Channels * 4,
                [(uint)(count * shape.Channels), (uint)shape.Channels, 1, (uint)source.Shape.Channels, (uint)size, (uint)firstChannel,
                    (uint)targetChannels, (uint)targetFirst], uses.ToArray());
        }
    }

    // By rows of pictures.
    private void LowerMove(Node node, Move move, Node source, Func<long, long> sourceRows, int unit)
    {
        (Place from, Place to, int step) = (PlaceOf(source), New(node), Step(node));
        Kernel kernel = Of("rearrange", Points, (uint)move);
        FeatureShape shape = node.Shape;
        long read = source.Shape.Width * (long)source.Shape.Channels * sizeof(float), values = shape.Width * (long)shape.Channels;
        long written = values * sizeof(float);
        foreach ((long first, long count) in Bands(shape.Height, Math.Max(read * Math.Max(1, sourceRows(1)), written), values * 4,
            n => Divided(n * shape.Width * shape.Channels, kernel.Threads), unit))
        {
            Emit(step, kernel, Divided(count * shape.Width * shape.Channels, kernel.Threads), count * shape.Width * shape.Channels * 4,
                [(uint)(count * shape.Width * shape.Channels), (uint)shape.Channels, (uint)shape.Width, (uint)source.Shape.Channels, 0, 0,
                    (uint)shape.Channels, 0],
                Rows(0, from, sourceRows(first), sourceRows(count), read, writes: false), Rows(4, to, first, count, written, writes: true));
        }
        Release([node]);
    }

    private uint Points => (uint)Math.Min(PointThreads, limits.GroupThreads);
}
