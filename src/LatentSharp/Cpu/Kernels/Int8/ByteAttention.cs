using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>
/// Attention in bytes, without mask. Queries and keys have a scale for each token, values one for each channel of 128 tokens, weights of
/// the softmax are codes from 0 to 255 with a scale for 128 keys. Each weight is a power of two of its score, whole numbers are
/// summed up exactly, and nothing is rounded in an order that depends on the instruction set: the same bits everywhere.
/// </summary>
/// <remarks>Keys are packed less a mean of all, which adds the same to all scores of a query and thus changes no weight.</remarks>
/// <param name="panels">The products.</param>
internal sealed unsafe class ByteAttention<S, V>(BytePanels panels) : AttentionKernels where S : ISimd<V> where V : unmanaged
{
    private const int Queries = AttentionBlocks.Queries, Keys = AttentionBlocks.Keys, Width = IByteTile.Width;

    // Keys whose weights share a scale.
    private const int Part = BytePanels.Block, Parts = Keys / Part;

    // Rows that are about to be packed lie a line further apart than their length.
    private const int RowStride = Keys + 16;

    // Tokens of which the mean of the keys is taken: any row may be subtracted, and so many tell it well enough.
    private const int MeanTokens = 256;

    // Added to a weight it rounds it and leaves its code, less 128, in the lowest byte.
    private const float Rounding = IByteTile.Base + 128;

    public override nint Scratch(int keyChannels, int valueChannels)
        => Math.Max(Queries * ((nint)(Keys + PadChannels(valueChannels) + 2) * sizeof(float) + 2 * panels.RowBytes) + Keys,
            (Width + 1) * RowStride * sizeof(float)) + panels.Scratch;

    public override nint KeyBytes(int channels) => Keys / Width * panels.PanelBytes(channels);

    public override nint ValueBytes(int channels) => PadChannels(channels) / Width * panels.PanelBytes(Keys);

    private static int PadChannels(int channels) => (channels + Width - 1) / Width * Width;

    public override void PackKeys(in FeatureView keys, int block, float scale, byte* packed, byte* scratch)
    {
        int channels = keys.Channels, tokens = keys.Height * keys.Width;
        float* mean = (float*)scratch, rows = mean + RowStride;
        Mean(keys, mean);
        packed += block * KeyBytes(channels);
        for (int first = block * Keys; first < (block + 1) * Keys; first += Width, packed += panels.PanelBytes(channels))
        {
            int present = Math.Clamp(tokens - first, 0, Width);
            for (int i = 0; i < present; i++) Subtract(keys.At(first + i), mean, rows + i * RowStride, channels);
            // Scores are powers of two.
            panels.PackFloats(rows, RowStride, present, channels, scale * 1.44269504f, false, packed, (byte*)(rows + Width * RowStride));
        }
    }

    public override void PackValues(in FeatureView values, int block, byte* packed, byte* scratch)
    {
        int first = block * Keys, present = Math.Clamp(values.Height * values.Width - first, 0, Keys), whole = present - present % S.Lanes;
        float* rows = (float*)scratch;
        packed += block * ValueBytes(values.Channels);
        for (int channel = 0; channel < values.Channels; channel += Width, packed += panels.PanelBytes(Keys))
        {
            int count = Math.Min(Width, values.Channels - channel), turned = count == Width ? whole : 0;
            for (int i = 0; i < turned; i += S.Lanes)
                for (int c = 0; c < Width; c += S.Lanes)
                    S.Transpose(values.At(first + i) + channel + c, values.PixelStride, rows + c * RowStride + i, RowStride);
            for (int c = 0; c < count; c++)
            {
                for (int i = turned; i < present; i++) rows[c * RowStride + i] = values.At(first + i)[channel + c];
                new Span<float>(rows + c * RowStride + present, Keys - present).Clear();
            }
            panels.PackFloats(rows, RowStride, count, Keys, 1f, true, packed, (byte*)(rows + Width * RowStride));
        }
    }

    public override void Attend(in FeatureView queries, byte* keys, byte* values, in FeatureView result, in AttentionMask mask, int unit,
        byte* scratch, CancellationToken cancellationToken)
    {
        int channels = queries.Channels, padded = PadChannels(result.Channels), first = unit * Queries;
        int rows = Math.Min(Queries, queries.Height * queries.Width - first);
        float* scores = (float*)scratch, output = scores + Queries * Keys, total = output + Queries * padded;
        int* shift = (int*)(total + Queries);
        byte* query = (byte*)(shift + Queries), weights = query + Queries * panels.RowBytes;
        sbyte* codes = (sbyte*)(weights + Queries * panels.RowBytes);
        float* scales = stackalloc float[Parts];
        panels.PackRows(default, null, queries.Rows, first, rows, 0, channels, query, (byte*)codes + Keys);
        new Span<float>(output, Queries * padded).Clear();
        new Span<float>(total, Queries).Clear();
        new Span<int>(shift, Queries).Fill(int.MinValue);
        for (int key = 0; key < mask.Keys; key += Keys, keys += KeyBytes(channels), values += ValueBytes(result.Channels))
        {
            if (cancellationToken.IsCancellationRequested) return;
            panels.Multiply(query, rows, keys, Keys / Width, channels, scores, Keys, false, null);
            for (int row = 0; row < rows; row++)
            {
                float* own = scores + row * Keys;
                for (int i = mask.Keys - key; i < Keys; i++) own[i] = float.NegativeInfinity;
                Weigh(own, codes, scales, output + row * padded, padded, ref shift[row], ref total[row]);
                panels.StoreRow(codes, scales, weights + row * panels.RowBytes);
            }
            panels.Multiply(weights, rows, values, padded / Width, Keys, output, padded, true, null);
        }
        for (int row = 0; row < rows; row++) Scale(output + row * padded, 1 / total[row], result.At(first + row), result.Channels);
    }

    /// <summary>
    /// Turns the scores of a query into codes of weights. What was summed before is brought to the same whole power of two, which changes
    /// exponents alone.
    /// </summary>
    private static void Weigh(float* scores, sbyte* codes, float* scales, float* output, int channels, ref int shift, ref float total)
    {
        int* above = stackalloc int[Parts];
        int highest = int.MinValue;
        for (int i = 0; i < Parts; i++)
        {
            (above[i], scales[i]) = Encode(scores + i * Part, codes + i * Part);
            highest = Math.Max(highest, above[i] >> 3);
        }
        if (highest > shift)
        {
            float factor = PowerOfTwo((long)shift - highest);
            total *= factor;
            Scale(output, factor, output, channels);
            shift = highest;
        }
        for (int i = 0; i < Parts; i++)
        {
            float scale = PowerOfTwo((long)(above[i] >> 3) - shift) * Roots[above[i] & 7];
            total += scales[i] * scale;
            scales[i] = scale;
        }
    }

    /// <summary>Codes of the weights of keys that share a scale, the largest of which is 2^(-1/8) to 1 times 255.</summary>
    /// <returns>The scale as its logarithm, in eighths, and the sum of the codes: exact; NaN where a score is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Above, float Sum) Encode(float* scores, sbyte* codes)
    {
        V most = S.Load(scores);
        for (int i = S.Lanes; i < Part; i += S.Lanes) most = S.Max(most, S.Load(scores + i));
        int above = (int)MathF.Ceiling(8 * S.MaxAcross(most));
        V shift = S.Broadcast(above / 8f), sum = S.Zero;
        for (int i = 0; i < Part; i += S.Lanes)
        {
            // 255 * 2^x to 8e-5 of itself, by multiplications and additions that no processor joins; at 2^-20 nothing is left of a code.
            V x = S.Max(S.Broadcast(-20f), S.Subtract(S.Load(scores + i), shift)), n = S.Round(x), r = S.Subtract(x, n);
            V p = S.Add(S.Multiply(r, S.Broadcast(14.0687756f)), S.Broadcast(61.8658362f));
            p = S.Add(S.Multiply(p, r), S.Broadcast(176.781551f));
            p = S.Add(S.Multiply(p, r), S.Broadcast(254.981659f));
            V rounded = S.Add(S.Scale(p, n), S.Broadcast(Rounding));
            S.StoreBits8((byte*)codes + i, rounded);
            sum = S.Add(sum, S.Subtract(rounded, S.Broadcast(Rounding)));
        }
        return (above, S.Sum(sum));
    }

    // 2^(i/8)
    private static ReadOnlySpan<float> Roots => [1f, 1.0905077f, 1.1892071f, 1.2968396f, 1.4142135f, 1.5422108f, 1.6817929f, 1.8340081f];

    private static float PowerOfTwo(long exponent) => exponent < -126 ? 0 : BitConverter.Int32BitsToSingle((int)(exponent + 127) << 23);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mean(in FeatureView keys, float* mean)
    {
        int tokens = keys.Height * keys.Width, step = (tokens + MeanTokens - 1) / MeanTokens, count = (tokens + step - 1) / step;
        new Span<float>(mean, keys.Channels).Clear();
        for (int i = 0; i < tokens; i += step) Subtract(mean, keys.At(i), mean, keys.Channels);
        Scale(mean, -1f / count, mean, keys.Channels);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Subtract(float* left, float* right, float* target, int count)
    {
        int whole = count - count % S.Lanes;
        for (int i = 0; i < whole; i += S.Lanes) S.Store(target + i, S.Subtract(S.Load(left + i), S.Load(right + i)));
        for (int i = whole; i < count; i++) target[i] = left[i] - right[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(float* source, float factor, float* target, int count)
    {
        V factors = S.Broadcast(factor);
        int whole = count - count % S.Lanes;
        for (int i = 0; i < whole; i += S.Lanes) S.Store(target + i, S.Multiply(S.Load(source + i), factors));
        for (int i = whole; i < count; i++) target[i] = source[i] * factor;
    }
}
