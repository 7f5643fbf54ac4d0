using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// softmax(Q K^T / sqrt(d)) V for blocks of queries, streaming over the keys with a running maximum and sum (online softmax): the matrix of all scores never exists.
/// </summary>
internal static unsafe class AttentionKernel<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Queries of a unit.</summary>
    public const int Queries = 96;

    /// <summary>Keys between two updates of the running sums: a multiple of the panel width on every width.</summary>
    public const int Keys = 256;

    /// <summary>Keys rounded up to whole blocks.</summary>
    public static int PadKeys(int keys) => (keys + Keys - 1) / Keys * Keys;

    /// <summary>Floats of scratch memory for each worker.</summary>
    public static nint Scratch(int channels) => Queries * ((nint)Keys + PadChannels(channels)) + 2 * Queries + 64;

    /// <summary>Channels rounded up to whole panels.</summary>
    public static int PadChannels(int channels) => new PackedMatrix(1, channels, Gemm<S, V>.PanelWidth).PaddedN;

    /// <summary>Packs block <paramref name="block"/> of the keys as the matrix K^T, scaled by 1 / sqrt(d) so that scores come out ready, and of the values as V.</summary>
    /// <param name="keys">[tokens, channels].</param>
    /// <param name="values">[tokens, channels].</param>
    /// <param name="block">Which <see cref="Keys"/> tokens.</param>
    /// <param name="packedKeys">Panels [channels, panel width] of all keys.</param>
    /// <param name="packedValues">For each block, panels [<see cref="Keys"/>, panel width] of the channels.</param>
    public static void Pack(in FeatureView keys, in FeatureView values, int block, float* packedKeys, float* packedValues)
    {
        int channels = keys.Channels, width = Gemm<S, V>.PanelWidth, tokens = keys.Height * keys.Width, first = block * Keys;
        float scale = (float)(1 / Math.Sqrt(channels));
        for (int key = first; key < first + Keys; key++)
        {
            float* column = packedKeys + (nint)(key / width) * channels * width + key % width;
            float* source = key < tokens ? (float*)keys.Data + (nint)key * keys.PixelStride : null;
            for (int c = 0; c < channels; c++) column[(nint)c * width] = source is null ? 0f : source[c] * scale;
        }
        int padded = PadChannels(channels);
        float* target = packedValues + (nint)first * padded;
        for (int c = 0; c < padded; c += width, target += Keys * width)
        {
            for (int i = 0; i < Keys; i++)
            {
                float* source = (float*)values.Data + (nint)(first + i) * values.PixelStride;
                for (int n = 0; n < width; n++) target[i * width + n] = first + i < tokens && c + n < channels ? source[c + n] : 0f;
            }
        }
    }

    /// <summary>Computes the results of one block of queries; gives up half-way when cancelled.</summary>
    public static void Run(in FeatureView queries, float* packedKeys, float* packedValues, in FeatureView result, int unit, float* scratch, CancellationToken cancellationToken)
    {
        int channels = queries.Channels, tokens = queries.Height * queries.Width, padded = PadChannels(channels), width = Gemm<S, V>.PanelWidth;
        int first = unit * Queries, rows = Math.Min(Queries, tokens - first);
        float* scores = scratch;
        float* output = scores + Queries * Keys;
        float* maximum = output + Queries * padded;
        float* total = maximum + Queries;
        float* query = (float*)queries.Data + (nint)first * queries.PixelStride;
        new Span<float>(output, Queries * padded).Clear();
        new Span<float>(maximum, Queries).Fill(float.NegativeInfinity);
        new Span<float>(total, Queries).Clear();
        for (int key = 0; key < tokens; key += Keys)
        {
            // With hundreds of thousands of tokens a single unit takes long.
            if (cancellationToken.IsCancellationRequested) return;
            int present = Math.Min(Keys, tokens - key);
            Gemm<S, V>.Multiply(query, queries.PixelStride, rows, packedKeys + (nint)key * channels, Keys / width, channels, scores, Keys, accumulate: false);
            for (int row = 0; row < rows; row++)
                Rescale(scores + row * Keys, present, output + row * padded, padded, ref maximum[row], ref total[row]);
            Gemm<S, V>.Multiply(scores, Keys, rows, packedValues + (nint)key * padded, padded / width, Keys, output, padded, accumulate: true);
        }
        for (int row = 0; row < rows; row++)
        {
            float factor = 1f / total[row];
            float* target = (float*)result.Data + (nint)(first + row) * result.PixelStride;
            for (int c = 0; c < channels; c++) target[c] = output[row * padded + c] * factor;
        }
    }

    // Turns scores into weights relative to the largest score so far and brings what was summed before to the same scale.
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
        for (int i = present; i < Keys; i++) scores[i] = 0f;
        // Exp clamps at e^-87, about 1.6e-38: the padding that was counted in is below any result's last bit.
        float factor = maximum == float.NegativeInfinity ? 0f : MathF.Exp(maximum - highest);
        total = total * factor + S.Sum(sum);
        if (factor != 1f)
        {
            V scale = S.Broadcast(factor);
            for (int c = 0; c < channels; c += S.Lanes) S.Store(output + c, S.Multiply(S.Load(output + c), scale));
        }
        maximum = highest;
    }
}
