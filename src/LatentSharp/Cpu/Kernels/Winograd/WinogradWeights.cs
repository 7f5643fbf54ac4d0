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
    /// <param name="inputs">Input channels, a multiple of the vector width.</param>
    /// <param name="panel">Where this panel of position 0 goes: [inputs, panel width].</param>
    /// <param name="positionSize">Floats from one position of the transformed filters to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform(float* filters, int channels, int inputs, float* panel, nint positionSize)
    {
        int width = Gemm<S, V>.PanelWidth, side = T.Filters;
        bool streams = S.Lanes == 16 && side * side * positionSize * sizeof(float) >= StreamFrom
            && ((nint)panel | positionSize * sizeof(float)) % 64 == 0;
        int some = 9 * S.Lanes;
        float* taps = stackalloc float[some * width];
        V* rows = stackalloc V[3 * side];
        V* line = stackalloc V[side];
        new Span<float>(taps, some * width).Clear();
        for (int first = 0; first < inputs; first += S.Lanes)
        {
            Turn(filters + (nint)first * 9, channels, (nint)inputs * 9, some, taps);
            for (float* own = taps; own < taps + some * width; own += 9 * width, panel += width)
            {
                for (int lane = 0; lane < width; lane += S.Lanes)
                {
                    for (int x = 0; x < 3; x++)
                        T.Filter(S.Load(own + x * width + lane), S.Load(own + (3 + x) * width + lane), S.Load(own + (6 + x) * width + lane),
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
        }
        if (streams) S.EndStreaming();
    }
    // The filters of some input channels, an output channel in each lane. Lanes of channels that are missing keep their zeros.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* filters, int channels, nint rowStride, int count, float* taps)
    {
        int width = Gemm<S, V>.PanelWidth, whole = channels - channels % S.Lanes;
        for (int n = 0; n < whole; n += S.Lanes)
        {
            for (int i = 0; i < count; i += S.Lanes) S.Transpose(filters + n * rowStride + i, rowStride, taps + i * width + n, width);
        }
        for (int n = whole; n < channels; n++)
        {
            for (int i = 0; i < count; i++) taps[i * width + n] = filters[n * rowStride + i];
        }
    }
}
