using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Winograd;

/// <summary>
/// A 3x3 convolution by Winograd: with stride 1 a quarter or a fifth of the direct multiplications, less still on an enlarged source, with
/// stride 2 three fifths.
/// </summary>
internal static unsafe class WinogradConvolution<S, V, T> where S : ISimd<V> where V : unmanaged where T : IWinogradTile<V>
{
    /// <summary>Computes one unit of <paramref name="blocking"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in ConvolutionCall call, in WinogradBlocking blocking, int unit)
    {
        int inputs = call.Shape.Source.Channels, side = T.Patch, positions = side * side;
        bool enlarged = call.Shape.Enlarged;
        Padding padding = call.Shape.Padding;
        float* patch = (float*)call.Scratch;
        float* transformed = patch + blocking.Patch;
        float* products = transformed + positions * blocking.InputPosition;
        int group = unit / blocking.UnitsPerGroup, part = unit / blocking.Runs % blocking.Parts, run = unit % blocking.Runs;
        int firstStrip = blocking.FirstStrip(group), strips = blocking.FirstStrip(group + 1) - firstStrip;
        int firstTile = run * blocking.TilesPerRun;
        int tiles = Math.Min(blocking.TilesPerRun, blocking.TilesAcross - firstTile);
        if (tiles <= 0) return;

        int width = Gemm<S, V>.PanelWidth, panels = (call.Shape.Result.Channels + width - 1) / width;
        int perPart = blocking.TurnsPerPart * blocking.PanelsAtOnce, firstPanel = part * perPart;
        panels = Math.Min(panels, firstPanel + perPart);
        int cell = firstStrip * blocking.Runs + run;
        ClearSums(call.Epilogue, cell, strips, blocking.Runs, firstPanel * width, panels * width);
        for (int strip = 0; strip < strips; strip++)
        {
            for (int tile = 0; tile < tiles; tile += blocking.TilesAtOnce)
            {
                int some = Math.Min(blocking.TilesAtOnce, tiles - tile);
                ReadPatch(call, patch, T.Step * (firstStrip + strip) - padding.Top, T.Step * (firstTile + tile) - padding.Left,
                    T.Step * (some - 1) + side);
                WinogradInput<S, V, T>.Transform(patch, inputs, some, transformed + (nint)(strip * tiles + tile) * inputs,
                    blocking.InputPosition, enlarged);
            }
        }

        for (int panel = firstPanel; panel < panels; panel += blocking.PanelsAtOnce)
        {
            int some = Math.Min(blocking.PanelsAtOnce, panels - panel);
            int together = call.MakePanel is null ? some : 1;
            for (int first = panel; first < panel + some; first += together)
            {
                call.MakePanel?.Invoke(first);
                float* sums = products + (first - panel) * width;
                for (int position = 0; position < positions; position++)
                {
                    // On an enlarged source the transform of rows (a, b, b, c, c, ...) has a zero in place 2, each way.
                    if (enlarged && (position / side == 2 || position % side == 2)) continue;
                    float* weights = WeightsOf(call, blocking, position, first);
                    float* rows = transformed + position * blocking.InputPosition;
                    bool last = position == positions - 1;
                    Gemm<S, V>.Multiply(rows, inputs, strips * tiles, weights, together, inputs,
                        sums + position * blocking.ProductPosition, blocking.ProductTile, accumulate: false,
                        last ? null : WeightsOf(call, blocking, position + 1, first), last ? null : rows + blocking.InputPosition);
                }
            }
            int channels = Math.Min(some * width, call.Shape.Result.Channels - panel * width);
            for (int strip = 0; strip < strips; strip++)
            {
                WinogradOutput<S, V, T>.Transform(products + strip * tiles * blocking.ProductTile, blocking.ProductPosition,
                    blocking.ProductTile, tiles, enlarged, call.Result, T.Side * (firstStrip + strip), T.Side * firstTile, panel * width,
                    channels, SumsOf(call.Epilogue, cell + strip * blocking.Runs));
            }
        }
    }

    private static float* WeightsOf(in ConvolutionCall call, in WinogradBlocking blocking, int position, int panel)
    {
        int filter = T.FilterOf(position / T.Patch) * T.Filters + T.FilterOf(position % T.Patch);
        return (float*)call.Weights + (call.MakePanel is not null ? filter * blocking.PanelPosition
            : filter * blocking.WeightPosition + panel * (nint)call.Shape.Source.Channels * Gemm<S, V>.PanelWidth);
    }

    // The epilogue with the sums of one cell: each strip of a run has its own, so that they do not depend on how strips are put together.
    private static Epilogue SumsOf(in Epilogue all, int cell)
        => all.Sums == 0 ? all : all with { Sums = all.Sums + (nint)cell * 2 * all.SquaresOffset * sizeof(double) };

    private static void ClearSums(in Epilogue all, int cell, int strips, int runs, int from, int to)
    {
        if (all.Sums == 0) return;
        for (int strip = 0; strip < strips; strip++)
        {
            double* sums = (double*)SumsOf(all, cell + strip * runs).Sums;
            new Span<double>(sums + from, to - from).Clear();
            new Span<double>(sums + all.SquaresOffset + from, to - from).Clear();
        }
    }

    // The rows of one strip of patches from (y, x) on, as the convolution sees them: normalised, activated, enlarged, zero outside the
    // picture.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadPatch(in ConvolutionCall call, float* patch, int y, int x, int pixels)
    {
        int channels = call.Shape.Source.Channels, height = call.Shape.InputHeight, width = call.Shape.InputWidth;
        int before = Math.Max(0, -x), after = Math.Max(0, x + pixels - width);
        for (int i = 0; i < T.Patch; i++, patch += (nint)pixels * channels)
        {
            if (y + i < 0 || y + i >= height)
            {
                new Span<float>(patch, pixels * channels).Clear();
                continue;
            }
            new Span<float>(patch, before * channels).Clear();
            new Span<float>(patch + (nint)(pixels - after) * channels, after * channels).Clear();
            float* inside = patch + (nint)before * channels;
            int count = pixels - before - after;
            if (!call.Shape.Enlarged)
            {
                PixelMapping<S, V>.Apply(call.Prologue, call.Source.At(y + i, x + before), call.Source.PixelStride, inside, channels,
                    count, channels);
            }
            else
            {
                for (int p = 0; p < count; p++)
                    PixelMapping<S, V>.Apply(call.Prologue, call.Source.At((y + i) >> 1, (x + before + p) >> 1), call.Source.PixelStride,
                        inside + (nint)p * channels, channels, 1, channels);
            }
        }
    }
}
