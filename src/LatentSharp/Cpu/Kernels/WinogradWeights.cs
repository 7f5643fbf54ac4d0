using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>The filter side of Winograd F(4x4, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015): U = G g G^T with the points 0, 1, -1, 2, -2 and infinity.</summary>
internal static unsafe class WinogradWeights<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Transformed weights larger than this are stored past the caches, which they would leave before they are used: 1.9 instead of 4.4 ms for 512 x 512 channels.</summary>
    private const long StreamFrom = 16 << 20;

    /// <summary>Transforms one panel of output channels.</summary>
    /// <param name="filters">[channels, inputs, 3, 3] of this panel.</param>
    /// <param name="channels">Output channels present; the rest of the panel is filled with zeros.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="panel">Where this panel of position 0 goes: [inputs, panel width].</param>
    /// <param name="positionSize">Floats from one of the 36 positions to the next.</param>
    public static void Transform(float* filters, int channels, int inputs, float* panel, nint positionSize)
    {
        int width = Gemm<S, V>.PanelWidth;
        bool streams = S.Lanes == 16 && 36 * positionSize * sizeof(float) >= StreamFrom && ((nint)panel | positionSize * sizeof(float)) % 64 == 0;
        float* taps = stackalloc float[9 * width];
        V* rows = stackalloc V[18];
        V* six = stackalloc V[6];
        new Span<float>(taps, 9 * width).Clear();
        for (int c = 0; c < inputs; c++, panel += width)
        {
            for (int n = 0; n < channels; n++)
            {
                float* g = filters + ((nint)n * inputs + c) * 9;
                for (int t = 0; t < 9; t++) taps[t * width + n] = g[t];
            }
            for (int lane = 0; lane < width; lane += S.Lanes)
            {
                for (int x = 0; x < 3; x++)
                    Expand(S.Load(taps + x * width + lane), S.Load(taps + (3 + x) * width + lane), S.Load(taps + (6 + x) * width + lane), rows + x, 3);
                for (int y = 0; y < 6; y++)
                {
                    Expand(rows[y * 3], rows[y * 3 + 1], rows[y * 3 + 2], six, 1);
                    for (int x = 0; x < 6; x++)
                    {
                        float* target = panel + (y * 6 + x) * positionSize + lane;
                        if (streams) S.StoreStreaming(target, six[x]);
                        else S.Store(target, six[x]);
                    }
                }
            }
        }
        if (streams) S.EndStreaming();
    }

    // One side of the product with G: three taps become six values.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Expand(V g0, V g1, V g2, V* result, int stride)
    {
        V outer = S.Add(g0, g2);
        V wide = S.MultiplyAdd(g2, S.Broadcast(4f), g0);
        V twice = S.Add(g1, g1);
        result[0] = S.Multiply(g0, S.Broadcast(0.25f));
        result[stride] = S.Multiply(S.Add(outer, g1), S.Broadcast(-1f / 6f));
        result[2 * stride] = S.Multiply(S.Subtract(outer, g1), S.Broadcast(-1f / 6f));
        result[3 * stride] = S.Multiply(S.Add(wide, twice), S.Broadcast(1f / 24f));
        result[4 * stride] = S.Multiply(S.Subtract(wide, twice), S.Broadcast(1f / 24f));
        result[5 * stride] = g2;
    }
}
