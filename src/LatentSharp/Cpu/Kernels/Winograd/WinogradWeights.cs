using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>The filter side of Winograd's convolution: U = G g G^T for every filter g.</summary>
internal static unsafe class WinogradWeights<S, V, T> where S : ISimd<V> where V : unmanaged where T : IWinogradTile<V>
{
    /// <summary>
    /// Transformed weights larger than this are stored past the caches, which they would leave before they are used: 1.9 instead of 4.4 ms
    /// for 512 x 512 channels.
    /// </summary>
    private const long StreamFrom = 16 << 20;

    /// <summary>Transforms one panel of output channels.</summary>
    /// <param name="filters">[channels, inputs, 3, 3] of this panel.</param>
    /// <param name="channels">Output channels present; the rest of the panel is filled with zeros.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="panel">Where this panel of position 0 goes: [inputs, panel width].</param>
    /// <param name="positionSize">Floats from one position of the transformed filters to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform(float* filters, int channels, int inputs, float* panel, nint positionSize)
    {
        int width = Gemm<S, V>.PanelWidth, side = T.Filters;
        bool streams = S.Lanes == 16 && side * side * positionSize * sizeof(float) >= StreamFrom
            && ((nint)panel | positionSize * sizeof(float)) % 64 == 0;
        float* taps = stackalloc float[9 * width];
        V* rows = stackalloc V[3 * side];
        V* line = stackalloc V[side];
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
                    T.Filter(S.Load(taps + x * width + lane), S.Load(taps + (3 + x) * width + lane), S.Load(taps + (6 + x) * width + lane),
                        rows + x, 3);
                for (int y = 0; y < side; y++)
                {
                    T.Filter(rows[y * 3], rows[y * 3 + 1], rows[y * 3 + 2], line, 1);
                    for (int x = 0; x < side; x++)
                    {
                        float* target = panel + (y * side + x) * positionSize + lane;
                        if (streams) S.StoreStreaming(target, line[x]);
                        else S.Store(target, line[x]);
                    }
                }
            }
        }
        if (streams) S.EndStreaming();
    }
}
