using System.Collections.Immutable;
using LatentSharp.Graph;
using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;

namespace LatentSharp.Vulkan.Planning;

/// <summary>What sequences need beside products and attention.</summary>
internal sealed partial class Lowering
{
    private readonly Dictionary<int, Embedding> lookedUp = [];

    private enum Sequence : uint { Rope, RotaryTable, Sinusoidal, Token }

    /// <summary>By the number of an input: the table whose rows its values are the numbers of.</summary>
    public IReadOnlyDictionary<int, Embedding> LookedUp => lookedUp;

    internal void LowerEmbedding(Embedding node)
    {
        if (node.Ids is Input ids) lookedUp[graph.Inputs.IndexOf(ids)] = node;
        WeightStorage table = Weight((node.Weight.Key, "table"), node.Weight.Name,
            () => WeightForm.Matrix(node.Weight, 0, node.Weight.ElementCount, Narrows(node.Weight)));
        int channels = node.Shape.Channels;
        (Place from, Place to, int step) = (PlaceOf(node.Ids), New(node), Step(node));
        Kernel kernel = Of("embedding", Points, 0, 0, (uint)table.Form.Type);
        foreach ((long first, long count) in Bands(node.Shape.Positions, channels * (long)sizeof(float), channels,
            n => Divided(n * channels, kernel.Threads)))
            Emit(step, kernel, Divided(count * channels, kernel.Threads), count * channels,
                [(uint)(count * channels), (uint)channels, (uint)node.Weight.Shape[0]],
                Rows(0, from, first, count, sizeof(float), writes: false), Whole(1, table),
                Rows(4, to, first, count, channels * (long)sizeof(float), writes: true));
        Release([node]);
    }

    internal void LowerParameter(Parameter node) => LowerConstant(node, Values(node.Weight)!);

    internal void LowerRelativeBias(RelativeBias node) => LowerConstant(node, Weight(node, node.Name, () => WeightForm.Table(() =>
    {
        (int heads, int tokens) = (node.Shape.Height, node.Shape.Width);
        float[] table = node.Weight.Read(), all = new float[node.Shape.Count];
        for (int head = 0; head < heads; head++)
            for (int query = 0; query < tokens; query++)
                for (int key = 0; key < tokens; key++)
                    all[((long)head * tokens + query) * tokens + key] = table[node.Bucket(key - query) * heads + head];
        return all;
    }, node.Shape.Count)));

    internal void LowerRotaryTable(RotaryTable node)
    {
        (int Axis, double Frequency)[] pairs = [.. node.Pairs];
        WeightStorage table = Weight(node, node.Name,
            () => WeightForm.Table(() => [.. pairs.SelectMany(p => Parts(p.Axis, p.Frequency))], pairs.Length * 3L));
        LowerAngles(node, Sequence.RotaryTable, node.Ids, table, pairs.Length, 0);

        // Twelve bits are left of the first part: its products with positions below 4,096 have no more than a float holds.
        static float[] Parts(int axis, double frequency)
        {
            const uint upper = 0xffff_f000;
            float head = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)frequency) & upper);
            return [axis, head, (float)(frequency - head)];
        }
    }

    internal void LowerSinusoidal(SinusoidalEmbedding node)
    {
        ImmutableArray<float> frequencies = node.Frequencies;
        WeightStorage table = Weight(node, node.Name, () => WeightForm.Table(() => [.. frequencies], frequencies.Length));
        LowerAngles(node, Sequence.Sinusoidal, node.Source, table, frequencies.Length, node.Factor);
    }

    internal void LowerRope(Rope node)
    {
        (Place from, Place to, int step) = (PlaceOf(node.Source), InPlaceOr([node], node.Source), Step(node));
        Kernel kernel = Of("sequence", Points, (uint)Sequence.Rope);
        int channels = node.Shape.Channels, pairs = node.HeadChannels / 2;
        long row = channels * (long)sizeof(float);
        foreach ((long first, long count) in Bands(node.Shape.Positions, row, channels * 2, n => Divided(n * channels / 2, kernel.Threads)))
            Emit(step, kernel, Divided(count * channels / 2, kernel.Threads), count * channels * 2,
                [(uint)(count * channels / 2), (uint)channels, (uint)pairs],
                Rows(0, from, first, count, row, writes: false),
                Rows(1, PlaceOf(node.Table), first, count, pairs * 2L * sizeof(float), writes: false),
                Rows(4, to, first, count, row, writes: true));
        Release([node]);
    }

    internal void LowerToken(TokenOfText node)
    {
        (Place to, int step) = (New(node), Step(node));
        Kernel kernel = Of("sequence", Points, (uint)Sequence.Token);
        Emit(step, kernel, Divided(node.Shape.Channels, kernel.Threads), node.Source.Shape.Positions * node.Shape.Channels,
            [(uint)node.Shape.Channels, (uint)node.Shape.Channels, 0, 0, (uint)node.Source.Shape.Positions,
                node.End is { } end ? (uint)end + 1 : 0],
            Whole(0, PlaceOf(node.Source), node.Source, writes: false), Whole(1, PlaceOf(node.Ids), node.Ids, writes: false),
            Whole(4, to, node, writes: true));
        Release([node]);
    }

    private void LowerAngles(Node node, Sequence operation, Node source, WeightStorage table, int pairs, float factor)
    {
        (Place from, Place to, int step) = (PlaceOf(source), New(node), Step(node));
        Kernel kernel = Of("sequence", Points, (uint)operation);
        long read = source.Shape.Channels * (long)sizeof(float), written = pairs * 2L * sizeof(float);
        foreach ((long first, long count) in Bands(node.Shape.Positions, Math.Max(read, written), pairs * 20L,
            n => Divided(n * pairs, kernel.Threads)))
            Emit(step, kernel, Divided(count * pairs, kernel.Threads), count * pairs * 20,
                [(uint)(count * pairs), (uint)source.Shape.Channels, (uint)pairs, Bits(factor)],
                Rows(0, from, first, count, read, writes: false), Whole(1, table), Rows(4, to, first, count, written, writes: true));
        Release([node]);
    }

    // Weights that are a result as they are.
    private void LowerConstant(Node node, WeightStorage values)
    {
        (Place to, int step) = (New(node), Step(node));
        Kernel kernel = Of("rearrange", Points, (uint)Move.Copy);
        uint channels = (uint)node.Shape.Channels;
        long row = channels * sizeof(float);
        foreach ((long first, long count) in Bands(node.Shape.Positions, row, channels, n => Divided(n * channels, kernel.Threads)))
            Emit(step, kernel, Divided(count * channels, kernel.Threads), count * channels,
                [(uint)(count * channels), channels, 1, channels, 0, 0, channels, 0],
                new Use(0, values, first * row, count * row, Writes: false), Rows(4, to, first, count, row, writes: true));
    }
}
