using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Cpu.Planning;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>The part that steps with convolutions have in common: packing the weights, cutting the work into units, running them, gathering sums.</summary>
/// <param name="shape">The sizes.</param>
/// <param name="weight">[out, in, kh, kw].</param>
/// <param name="bias">[out], or null.</param>
/// <param name="winograd">The algorithm: <see cref="ConvolutionChoice"/>.</param>
/// <param name="workers">The workers that will share the work; has no influence on the result.</param>
internal sealed unsafe class Convolution(ConvolutionShape shape, WeightRef weight, WeightRef? bias, bool winograd, int workers)
{
    public ConvolutionShape Shape => shape;

    /// <summary>Bytes of the packed weights and the bias.</summary>
    public long PackedBytes(KernelSet kernels) => WeightBytes(kernels) + Align(PaddedChannels(kernels) * sizeof(float));

    /// <summary>Bytes of the sums of all cells.</summary>
    public long SumsBytes(KernelSet kernels) => Align((long)Cells(kernels) * SumsPerCell(kernels) * sizeof(double));

    /// <summary>Bytes that each worker needs.</summary>
    public long PrivateBytes(KernelSet kernels)
    {
        nint scratch = winograd ? Blocking(kernels).Scratch : kernels.GemmScratch(shape);
        nint filters = (nint)kernels.PanelWidth * shape.PatchLength;
        return Math.Max(scratch, filters) * sizeof(float);
    }

    /// <summary>Multiply-adds that are really done.</summary>
    public double Multiplications => shape.Result.Count * (double)shape.PatchLength * (winograd ? WinogradBlocking.ProductsPerDirect(shape) : 1);

    /// <summary>Units of work.</summary>
    public int Units(KernelSet kernels) => winograd ? Blocking(kernels).Units : kernels.GemmUnits(shape);

    public WinogradBlocking Blocking(KernelSet kernels) => new(shape, kernels.RowsPerBlock, kernels.PanelWidth, workers);

    /// <summary>Reads the weights and packs them for the kernels, the bias behind them.</summary>
    public void Pack(RunState run, nint memory)
    {
        int width = run.Kernels.PanelWidth, channels = shape.Result.Channels, length = shape.PatchLength;
        WinogradBlocking blocking = winograd ? Blocking(run.Kernels) : default;
        run.Crew.For((channels + width - 1) / width, (panel, worker) =>
        {
            int some = Math.Min(width, channels - panel * width);
            float* filters = (float*)run.PrivateOf(worker), packed = (float*)memory;
            weight.Read((long)panel * width * length, new Span<float>(filters, some * length));
            if (winograd) run.Kernels.PackWinograd(filters, some, shape.Source.Channels, packed + (nint)panel * shape.Source.Channels * width, blocking);
            else run.Kernels.PackGemm(shape, filters, some, packed + (nint)panel * length * width);
        });
        float* offsets = (float*)BiasIn(run.Kernels, memory);
        new Span<float>(offsets, PaddedChannels(run.Kernels)).Clear();
        bias?.Read(0, new Span<float>(offsets, channels));
    }

    /// <summary>Computes units <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1.</summary>
    /// <param name="run">The run.</param>
    /// <param name="first">The first unit.</param>
    /// <param name="count">How many.</param>
    /// <param name="packed">What <see cref="Pack"/> wrote.</param>
    /// <param name="call">Shape (that of this convolution, or of a band of rows of a pointwise one), source, prologue, result and the epilogue's residual and function.</param>
    /// <param name="sums">Room for the sums of all cells, or 0.</param>
    public void Run(RunState run, int first, int count, nint packed, ConvolutionCall call, nint sums)
    {
        WinogradBlocking blocking = winograd ? Blocking(run.Kernels) : default;
        int perCell = SumsPerCell(run.Kernels);
        Epilogue epilogue = call.Epilogue with { Bias = bias is null ? 0 : BiasIn(run.Kernels, packed), SquaresOffset = PaddedChannels(run.Kernels) };
        run.Crew.For(count, (index, worker) =>
        {
            int unit = first + index;
            ConvolutionCall mine = call with
            {
                Weights = packed,
                Scratch = run.PrivateOf(worker),
                Epilogue = epilogue with { Sums = winograd || sums == 0 ? sums : sums + (nint)unit * perCell * sizeof(double) },
            };
            if (winograd)
            {
                run.Kernels.Winograd(mine, blocking, unit);
                return;
            }
            if (sums != 0) new Span<double>((double*)mine.Epilogue.Sums, perCell).Clear();
            run.Kernels.GemmConvolve(mine, unit);
        });
    }

    /// <summary>Computes rows <paramref name="top"/> .. <paramref name="bottom"/> - 1 of a 1x1 convolution without normalisation, as a picture of their own: it does not look beyond its pixel.</summary>
    public void RunRows(RunState run, int top, int bottom, nint packed, FeatureView source, FeatureView target)
    {
        ConvolutionShape band = shape with { Source = shape.Source with { Height = bottom - top }, Result = shape.Result with { Height = bottom - top } };
        var call = new ConvolutionCall(band, source with { Data = (nint)source.At(top, 0), Height = bottom - top }, PixelMap.None, 0,
            target with { Data = (nint)target.At(top, 0), Height = bottom - top }, default, 0);
        Run(run, 0, run.Kernels.GemmUnits(band), packed, call, 0);
    }

    /// <summary>Adds up the sums of all cells in their order, whoever computed them: the same bits for any number of threads.</summary>
    public void SumCells(RunState run, nint sums, nint packed, double[] result)
    {
        int padded = PaddedChannels(run.Kernels), channels = shape.Result.Channels, cells = Cells(run.Kernels);
        double* partial = (double*)sums;
        Array.Clear(result);
        for (int cell = 0; cell < cells; cell++, partial += 2 * padded)
        {
            for (int c = 0; c < channels; c++)
            {
                result[c] += partial[c];
                result[channels + c] += partial[padded + c];
            }
        }
        // The kernels leave the bias out: sum (v + b)^2 = sum v^2 + 2 b sum v + n b^2.
        float* offsets = (float*)BiasIn(run.Kernels, packed);
        double count = shape.Result.Positions;
        for (int c = 0; c < channels; c++)
        {
            double b = offsets[c];
            result[channels + c] += 2 * b * result[c] + count * b * b;
            result[c] += count * b;
        }
    }

    public static long Align(long bytes) => (bytes + 63) / 64 * 64;

    private long WeightBytes(KernelSet kernels)
        => Align((winograd ? Blocking(kernels).Weights : new PackedMatrix(shape.PatchLength, shape.Result.Channels, kernels.PanelWidth).Size) * sizeof(float));

    // Units of the matrix kernel are cells; units of Winograd are made of them.
    private int Cells(KernelSet kernels) => winograd ? Blocking(kernels).Cells : kernels.GemmUnits(shape);

    private nint BiasIn(KernelSet kernels, nint packed) => packed + (nint)WeightBytes(kernels);

    private int PaddedChannels(KernelSet kernels) => new PackedMatrix(1, shape.Result.Channels, Math.Max(16, kernels.PanelWidth)).PaddedN;

    private int SumsPerCell(KernelSet kernels) => 2 * PaddedChannels(kernels);
}
