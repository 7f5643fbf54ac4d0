using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// Any convolution as a matrix product: the patch of each pixel is laid out as a row of a small matrix that stays in the cache. PixelMap
/// convolutions read the pixels where they are.
/// </summary>
internal static unsafe class GemmConvolution<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>The most pixels of a unit: a multiple of the kernel's rows on every width.</summary>
    private const int MostPixels = 96;

    /// <summary>Units of work: runs of pixels of one row (of the whole picture for pointwise convolutions).</summary>
    public static int Units(in ConvolutionShape shape) => shape.IsPointwise
        ? checked((int)((shape.Result.Positions + MostPixels - 1) / MostPixels))
        : shape.Result.Height * RunsPerRow(shape);

    /// <summary>Floats of scratch memory for each worker.</summary>
    public static nint Scratch(in ConvolutionShape shape)
    {
        var packed = new PackedMatrix(shape.PatchLength, shape.Result.Channels, Gemm<S, V>.PanelWidth);
        return MostPixels * ((nint)shape.PatchLength + packed.PaddedN) + 64;
    }

    /// <summary>Packs one panel of weights [channels, inputs, kh, kw] for patches that run over rows, columns, channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(in ConvolutionShape shape, float* filters, int channels, float* panel)
    {
        int width = Gemm<S, V>.PanelWidth, inputs = shape.Source.Channels, taps = shape.KernelHeight * shape.KernelWidth;
        for (int n = 0; n < width; n++)
        {
            for (int tap = 0; tap < taps; tap++)
            {
                for (int c = 0; c < inputs; c++)
                    panel[((nint)tap * inputs + c) * width + n] = n < channels ? filters[((nint)n * inputs + c) * taps + tap] : 0f;
            }
        }
    }

    /// <summary>Computes one unit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in ConvolutionCall call, int unit)
    {
        ConvolutionShape shape = call.Shape;
        long first;
        int pixels;
        if (shape.IsPointwise)
        {
            first = (long)unit * MostPixels;
            pixels = (int)Math.Min(MostPixels, shape.Result.Positions - first);
        }
        else
        {
            int runs = RunsPerRow(shape);
            int x = unit % runs * MostPixels;
            first = (long)(unit / runs) * shape.Result.Width + x;
            pixels = Math.Min(MostPixels, shape.Result.Width - x);
        }

        float* rows = (float*)call.Scratch;
        nint rowStride = shape.PatchLength;
        float* products = rows + MostPixels * rowStride;
        if (!shape.IsPointwise)
        {
            for (int p = 0; p < pixels; p++)
                ReadPatch(call, (int)(first / shape.Result.Width), (int)(first % shape.Result.Width) + p, rows + p * rowStride);
        }
        else if (call.Prologue.IsNone)
        {
            rows = (float*)call.Source.Data + (nint)first * call.Source.PixelStride;
            rowStride = call.Source.PixelStride;
        }
        else
        {
            PixelMapping<S, V>.Apply(call.Prologue, (float*)call.Source.Data + (nint)first * call.Source.PixelStride,
                call.Source.PixelStride, rows, rowStride, pixels, shape.Source.Channels);
        }

        var packed = new PackedMatrix(shape.PatchLength, shape.Result.Channels, Gemm<S, V>.PanelWidth);
        Gemm<S, V>.Multiply(rows, rowStride, pixels, (float*)call.Weights, packed.Panels, packed.K, products, packed.PaddedN,
            accumulate: false);
        PixelRows<S, V>.Write(products, packed.PaddedN, pixels, call.Result, first, call.Epilogue);
    }

    private static int RunsPerRow(in ConvolutionShape shape) => (shape.Result.Width + MostPixels - 1) / MostPixels;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadPatch(in ConvolutionCall call, int y, int x, float* row)
    {
        ConvolutionShape shape = call.Shape;
        int channels = shape.Source.Channels, left = x * shape.Stride - shape.Padding.Left;
        // The pixels of a row of the patch lie one after the other, as they do in the row that is made of them.
        bool together = call.Prologue.IsNone && !shape.Enlarged && call.Source.PixelStride == channels
            && left >= 0 && left + shape.KernelWidth <= shape.InputWidth;
        for (int i = 0; i < shape.KernelHeight; i++)
        {
            int sourceY = y * shape.Stride + i - shape.Padding.Top;
            if (together && (uint)sourceY < (uint)shape.InputHeight)
            {
                var source = new ReadOnlySpan<float>(call.Source.At(sourceY, left), shape.KernelWidth * channels);
                source.CopyTo(new Span<float>(row, source.Length));
                row += source.Length;
                continue;
            }
            for (int j = 0; j < shape.KernelWidth; j++, row += channels)
            {
                int sourceX = left + j;
                if ((uint)sourceY >= (uint)shape.InputHeight || (uint)sourceX >= (uint)shape.InputWidth)
                    new Span<float>(row, channels).Clear();
                else
                    PixelMapping<S, V>.Apply(call.Prologue,
                        call.Source.At(shape.Enlarged ? sourceY >> 1 : sourceY, shape.Enlarged ? sourceX >> 1 : sourceX),
                        call.Source.PixelStride, row, channels, 1, channels);
            }
        }
    }
}
