using LatentSharp.Graph;
using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;

namespace LatentSharp.Vulkan.Planning;

/// <summary>Attention.</summary>
internal sealed partial class Lowering
{
    private const int KeyBlock = 32;

    internal void LowerAttention(Attention node)
    {
        int heads = node.Form.Heads, channels = node.Query.Shape.Channels / heads, values = node.Value.Shape.Channels / heads;
        long queries = node.Query.Shape.Positions, keys = node.Key.Shape.Positions;
        uint threads = (uint)Math.Min(128, limits.GroupThreads), block = Queries(channels, values, (int)threads);
        (Place from, Place to, int step) = (PlaceOf(node.Query), New(node), Step(node));
        Kernel kernel = Of("attention", threads, block, (uint)channels, (uint)values, node.Form.Causal ? 1u : 0, node.Bias is null ? 0u : 1,
            (uint)Divided(block * values, threads), from.IsHalf, PlaceOf(node.Key).IsHalf, PlaceOf(node.Value).IsHalf);
        long read = node.Query.Shape.Channels * from.ValueBytes, written = node.Shape.Channels * (long)sizeof(float);
        long work = keys * (node.Query.Shape.Channels + node.Shape.Channels);
        foreach ((long first, long count) in Bands(queries, Math.Max(read, written), work, n => Divided(n, block) * heads, unit: block))
        {
            List<Use> uses = [Rows(0, from, first, count, read, writes: false), Whole(1, PlaceOf(node.Key), node.Key, writes: false),
                Whole(2, PlaceOf(node.Value), node.Value, writes: false)];
            if (node.Bias is { } bias) uses.Add(Whole(3, PlaceOf(bias), bias, writes: false));
            uses.Add(Rows(4, to, first, count, written, writes: true));
            Emit(step, kernel, Divided(count, block) * heads, count * work,
                [(uint)heads, (uint)keys, (uint)count, (uint)first, Bits(node.Scale), (uint)queries], uses.ToArray());
        }
        Release([node]);
    }

    internal void LowerLinearAttention(ReluLinearAttention node)
    {
        const int chunk = 256;
        int channels = node.HeadChannels, heads = node.Shape.Channels / channels;
        long positions = node.Shape.Positions, chunks = Divided(positions, chunk), size = (channels + 1L) * channels * heads;
        Place from = PlaceOf(node.Source);
        Storage parts = Scratch($"sums of {node.Name}", chunks * size * sizeof(float)),
            table = Scratch($"table of {node.Name}", size * sizeof(float));
        Place to = New(node);
        int step = Step(node);
        long read = node.Source.Shape.Channels * (long)sizeof(float), written = node.Shape.Channels * (long)sizeof(float);
        Kernel Pass(uint pass) => Of("linear_attention", Points, pass, (uint)channels);
        foreach ((long first, long count) in Bands(chunks, chunk * read, size * chunk, n => Divided(n * size, Points)))
        {
            long start = first * chunk, length = Math.Min(count * chunk, positions - start);
            Emit(step, Pass(0), Divided(count * size, Points), length * size, [(uint)heads, (uint)length, chunk, (uint)(count * size)],
                Rows(0, from, start, length, read, writes: false),
                new Use(4, parts, first * size * sizeof(float), count * size * sizeof(float), Writes: true));
        }
        Emit(step, Pass(1), Divided(size, Points), chunks * size, [(uint)heads, (uint)chunks, 0, (uint)size],
            Whole(0, parts), Whole(4, table, writes: true));
        foreach ((long first, long count) in Bands(positions, read, node.Shape.Channels * (long)channels * 2,
            n => Divided(n * node.Shape.Channels, Points)))
        {
            Emit(step, Pass(2), Divided(count * node.Shape.Channels, Points), count * node.Shape.Channels * channels * 2,
                [(uint)heads, (uint)count, 0, (uint)(count * node.Shape.Channels)],
                Rows(0, from, first, count, read, writes: false), Whole(1, table), Rows(4, to, first, count, written, writes: true));
        }
        Release([node]);
    }

    // As many queries of a head as a workgroup can hold beside their products with a block of keys.
    private uint Queries(int channels, int values, int threads)
    {
        const int mostResults = 64;
        int one = (channels + KeyBlock + 3) * sizeof(float);
        uint queries = 8;
        while (queries > 1 && (queries * one > limits.SharedBytes || queries * values > threads * mostResults)) queries /= 2;
        return queries * one <= limits.SharedBytes ? queries : throw new LatentSharpException(ErrorKind.BadInput, graph.Name,
            $"a head of {channels} channels does not fit the {limits.SharedBytes:N0} bytes that a workgroup of this card shares.",
            "Compute on the device cpu.");
    }
}
