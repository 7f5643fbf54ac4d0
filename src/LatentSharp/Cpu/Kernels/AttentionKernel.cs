using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>How attention is cut: the same for every vector width.</summary>
internal static class AttentionBlocks
{
    /// <summary>Queries of a unit.</summary>
    public const int Queries = 96;

    /// <summary>Keys between two updates of the running sums: a multiple of the panel width on every width.</summary>
    public const int Keys = 256;
}

/// <summary>What is added to the scores of a head, and which of them count.</summary>
/// <param name="Bias">[queries, keys], or 0.</param>
/// <param name="Keys">Keys, and floats from one row of the bias to the next.</param>
/// <param name="Causal">Whether a query sees the keys up to its own place only.</param>
internal readonly record struct AttentionMask(nint Bias, int Keys, bool Causal);

/// <summary>
/// softmax(scale Q K^T + bias) V of one head for blocks of queries, streaming over the keys with a running maximum and sum (online
/// softmax): the matrix of all scores never exists.
/// </summary>
internal static unsafe class AttentionKernel<S, V> where S : ISimd<V> where V : unmanaged
{
    private const int Queries = AttentionBlocks.Queries, Keys = AttentionBlocks.Keys;

    /// <summary>Floats of scratch memory for each worker.</summary>
    /// <param name="queryChannels">Of queries and keys.</param>
    /// <param name="valueChannels">Of values and results.</param>
    public static nint Scratch(int queryChannels, int valueChannels)
        => Queries * ((nint)Keys + PadChannels(valueChannels) + QueryStride(queryChannels)) + 2 * Queries + 64;

    // Rows of a sequence often lie a multiple of 4 kB apart: twelve of them would compete for one set of the first-level cache, which has
    // eight places. The copy's rows lie in different ones.
    private static int QueryStride(int channels) => (channels + 15) / 16 * 16 + 16;

    /// <summary>Channels rounded up to whole panels.</summary>
    public static int PadChannels(int channels) => new PackedMatrix(1, channels, Gemm<S, V>.PanelWidth).PaddedN;

    /// <summary>Computes the results of one block of queries; gives up half-way when cancelled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in FeatureView queries, float* packedKeys, float* packedValues, in FeatureView result, in AttentionMask mask,
        int unit, float* scratch, CancellationToken cancellationToken)
    {
        int channels = queries.Channels, tokens = queries.Height * queries.Width, padded = PadChannels(result.Channels),
            width = Gemm<S, V>.PanelWidth;
        int first = unit * Queries, rows = Math.Min(Queries, tokens - first);
        float* scores = scratch;
        float* output = scores + Queries * Keys;
        float* maximum = output + Queries * padded;
        float* total = maximum + Queries;
        float* query = total + Queries;
        int stride = QueryStride(channels);
        for (int row = 0; row < rows; row++)
            new ReadOnlySpan<float>((float*)queries.Data + (nint)(first + row) * queries.PixelStride, channels)
                .CopyTo(new Span<float>(query + row * stride, channels));
        new Span<float>(output, Queries * padded).Clear();
        new Span<float>(maximum, Queries).Fill(float.NegativeInfinity);
        new Span<float>(total, Queries).Clear();
        int keys = mask.Causal ? Math.Min(mask.Keys, first + rows) : mask.Keys;
        for (int key = 0; key < keys; key += Keys)
        {
            // With hundreds of thousands of tokens a single unit takes long.
            if (cancellationToken.IsCancellationRequested) return;
            int present = Math.Min(Keys, mask.Keys - key);
            Gemm<S, V>.Multiply(query, stride, rows, packedKeys + (nint)key * channels, Keys / width, channels, scores, Keys,
                accumulate: false);
            for (int row = 0; row < rows; row++)
            {
                if (mask.Bias != 0) AddBias(scores + row * Keys, (float*)mask.Bias + (nint)(first + row) * mask.Keys + key, present);
                int seen = mask.Causal ? Math.Clamp(first + row + 1 - key, 0, present) : present;
                if (seen == 0) new Span<float>(scores + row * Keys, Keys).Clear();
                else Rescale(scores + row * Keys, seen, output + row * padded, padded, ref maximum[row], ref total[row]);
            }
            Gemm<S, V>.Multiply(scores, Keys, rows, packedValues + (nint)key * padded, padded / width, Keys, output, padded,
                accumulate: true);
        }
        for (int row = 0; row < rows; row++)
        {
            float factor = 1f / total[row];
            float* target = (float*)result.Data + (nint)(first + row) * result.PixelStride;
            for (int c = 0; c < result.Channels; c++) target[c] = output[row * padded + c] * factor;
        }
    }

    private static void AddBias(float* scores, float* bias, int count)
    {
        int whole = count - count % S.Lanes;
        for (int i = 0; i < whole; i += S.Lanes) S.Store(scores + i, S.Add(S.Load(scores + i), S.Load(bias + i)));
        for (int i = whole; i < count; i++) scores[i] += bias[i];
    }

    // Turns scores into weights relative to the largest score so far and brings what was summed before to the same scale.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rescale(float* scores, int present, float* output, int channels, ref float maximum, ref float total)
    {
        for (int i = present; i < Keys; i++) scores[i] = float.NegativeInfinity;
        V most = S.Load(scores);
        for (int i = S.Lanes; i < Keys; i += S.Lanes) most = S.Max(most, S.Load(scores + i));
        float highest = MathF.Max(maximum, S.MaxAcross(most));
        V shift = S.Broadcast(highest), sum = S.Zero;
        for (int i = 0; i < Keys; i += S.Lanes)
        {
            V weight = Exponential<S, V>.Exp(S.Subtract(S.Load(scores + i), shift));
            S.Store(scores + i, weight);
            sum = S.Add(sum, weight);
        }
        float all = S.Sum(sum); // a register that outlives the call of Exp below would be kept in memory above
        for (int i = present; i < Keys; i++) scores[i] = 0f;
        // Exp clamps at e^-87, about 1.6e-38: the padding that was counted in is below any result's last bit.
        float factor = maximum == float.NegativeInfinity ? 0f : MathF.Exp(maximum - highest);
        total = total * factor + all;
        if (factor != 1f)
        {
            V scale = S.Broadcast(factor);
            for (int c = 0; c < channels; c += S.Lanes) S.Store(output + c, S.Multiply(S.Load(output + c), scale));
        }
        maximum = highest;
    }
}
