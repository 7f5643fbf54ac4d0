using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>Lays the keys and values of a head out for the matrix kernel, a block of keys at a time.</summary>
internal static unsafe class AttentionPacking<S, V> where S : ISimd<V> where V : unmanaged
{
    private const int Keys = AttentionBlocks.Keys;

    /// <summary>Packs one block of keys as the matrix K^T, scaled so that scores come out ready. Keys past the end are zeros.</summary>
    /// <param name="keys">[tokens, channels].</param>
    /// <param name="block">Which <see cref="Keys"/> tokens.</param>
    /// <param name="scale">Of the scores.</param>
    /// <param name="packed">Panels [channels, panel width] of all keys.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackKeys(in FeatureView keys, int block, float scale, float* packed)
    {
        int channels = keys.Channels, width = Gemm<S, V>.PanelWidth, tokens = keys.Height * keys.Width;
        int whole = channels - channels % S.Lanes;
        for (int key = block * Keys; key < (block + 1) * Keys; key += S.Lanes)
        {
            float* columns = packed + (nint)(key / width) * channels * width + key % width;
            float* source = (float*)keys.Data + (nint)key * keys.PixelStride;
            int present = Math.Clamp(tokens - key, 0, S.Lanes), turned = present == S.Lanes ? whole : 0;
            V factor = S.Broadcast(scale);
            for (int c = 0; c < turned; c += S.Lanes)
            {
                S.Transpose(source + c, keys.PixelStride, columns + c * width, width);
                for (int i = c; i < c + S.Lanes; i++) S.Store(columns + i * width, S.Multiply(S.Load(columns + i * width), factor));
            }
            for (int c = turned; c < channels; c++)
                for (int i = 0; i < S.Lanes; i++) columns[c * width + i] = i < present ? source[i * keys.PixelStride + c] * scale : 0f;
        }
    }

    /// <summary>Packs one block of values as the matrix V. Values past the end are zeros.</summary>
    /// <param name="values">[tokens, channels].</param>
    /// <param name="block">Which <see cref="Keys"/> tokens.</param>
    /// <param name="packed">For each block, panels [<see cref="Keys"/>, panel width] of the channels.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackValues(in FeatureView values, int block, float* packed)
    {
        int width = Gemm<S, V>.PanelWidth, tokens = values.Height * values.Width, first = block * Keys;
        int present = Math.Clamp(tokens - first, 0, Keys), padded = AttentionKernel<S, V>.PadChannels(values.Channels);
        float* target = packed + (nint)first * padded;
        for (int c = 0; c < padded; c += width, target += Keys * width)
        {
            int count = Math.Min(width, values.Channels - c);
            for (int i = 0; i < present; i++)
            {
                var row = new Span<float>(target + i * width, width);
                new ReadOnlySpan<float>((float*)values.Data + (nint)(first + i) * values.PixelStride + c, count).CopyTo(row);
                row[count..].Clear();
            }
            new Span<float>(target + present * width, (Keys - present) * width).Clear();
        }
    }
}
