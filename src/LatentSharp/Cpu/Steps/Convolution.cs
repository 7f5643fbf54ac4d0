using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Cpu.Planning;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>The part that steps with convolutions have in common: cutting the work into units, running them, gathering sums.</summary>
/// <param name="shape">The sizes.</param>
/// <param name="weight">[out, in, kh, kw].</param>
/// <param name="bias">[out], or null.</param>
/// <param name="winograd">The algorithm: <see cref="ConvolutionChoice"/>.</param>
/// <param name="workers">The workers that will share the work; has no influence on the result.</param>
internal sealed unsafe class Convolution(ConvolutionShape shape, WeightRef weight, WeightRef? bias, bool winograd, int workers)
{
    public ConvolutionShape Shape => shape;

    /// <summary>The workers that will share the work.</summary>
    public int Workers => workers;

    /// <summary>Its filters and bias as the kernels read them.</summary>
    public ConvolutionWeights Weights => field ??= new ConvolutionWeights(shape, weight, bias, winograd ? Blocking : null);

    /// <summary>Bytes of the sums of all cells.</summary>
    public long SumsBytes(KernelSet kernels) => Align((long)Cells(kernels) * SumsPerCell(kernels) * sizeof(double));

    /// <summary>Bytes that each worker needs.</summary>
    public long PrivateBytes(KernelSet kernels)
        => ScratchBytes(kernels) + (MakesOwnPanels(kernels) ? PanelBytes(kernels) + BiasBytes(kernels) + Weights.PrivateBytes(kernels) : 0);

    /// <summary>Multiply-adds that are really done.</summary>
    public double Multiplications
        => shape.Result.Count * (double)shape.PatchLength * (winograd ? WinogradBlocking.ProductsPerDirect(shape) : 1);

    /// <summary>Units of work.</summary>
    public int Units(KernelSet kernels) => winograd ? Blocking(kernels).Units : kernels.GemmUnits(shape);

    public WinogradBlocking Blocking(KernelSet kernels) => new(shape, kernels.RowsPerBlock, kernels.PanelWidth, workers);

    /// <summary>Computes units <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1.</summary>
    /// <param name="run">The run.</param>
    /// <param name="first">The first unit.</param>
    /// <param name="count">How many.</param>
    /// <param name="call">Shape (that of this convolution, or of a band of rows of a pointwise one), source, prologue, result and the
    /// epilogue's residual and function.</param>
    /// <param name="sums">Room for the sums of all cells, or 0.</param>
    public void Run(RunState run, int first, int count, ConvolutionCall call, nint sums)
    {
        bool own = MakesOwnPanels(run.Kernels);
        nint packed = own ? 0 : run.At(Weights);
        WinogradBlocking blocking = winograd ? Blocking(run.Kernels) : default;
        int perCell = SumsPerCell(run.Kernels);
        Epilogue epilogue = call.Epilogue with
        {
            Bias = bias is null || own ? 0 : Weights.BiasIn(run.Kernels, packed),
            SquaresOffset = Weights.PaddedChannels(run.Kernels)
        };
        run.Crew.For(count, (index, worker) =>
        {
            int unit = first + index;
            ConvolutionCall mine = call with
            {
                Weights = packed,
                Scratch = run.PrivateOf(worker),
                Epilogue = epilogue with { Sums = winograd || sums == 0 ? sums : sums + (nint)unit * perCell * sizeof(double) },
            };
            if (own) mine = WithOwnPanels(run.Kernels, blocking, mine);
            if (winograd)
            {
                run.Kernels.Winograd(mine, blocking, unit);
                return;
            }
            if (sums != 0) new Span<double>((double*)mine.Epilogue.Sums, perCell).Clear();
            run.Kernels.GemmConvolve(mine, unit);
        });
    }

    /// <summary>
    /// Computes rows <paramref name="top"/> .. <paramref name="bottom"/> - 1 of a 1x1 convolution without normalisation, as a picture of
    /// their own: it does not look beyond its pixel.
    /// </summary>
    public void RunRows(RunState run, int top, int bottom, FeatureView source, FeatureView target)
    {
        ConvolutionShape band = shape with
        {
            Source = shape.Source with { Height = bottom - top },
            Result = shape.Result with { Height = bottom - top }
        };
        var call = new ConvolutionCall(band, source with { Data = (nint)source.At(top, 0), Height = bottom - top }, PixelMap.None, 0,
            target with { Data = (nint)target.At(top, 0), Height = bottom - top }, default, 0);
        Run(run, 0, run.Kernels.GemmUnits(band), call, 0);
    }

    /// <summary>Adds up the sums of all cells in their order, whoever computed them: the same bits for any number of threads.</summary>
    public void SumCells(RunState run, nint sums, double[] result)
    {
        int padded = Weights.PaddedChannels(run.Kernels), channels = shape.Result.Channels, cells = Cells(run.Kernels);
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
        Span<float> offsets = new float[padded];
        fixed (float* all = offsets) Weights.ReadBias(run.Kernels, (nint)all);
        double count = shape.Result.Positions;
        for (int c = 0; c < channels; c++)
        {
            double b = offsets[c];
            result[channels + c] += 2 * b * result[c] + count * b * b;
            result[c] += count * b;
        }
    }

    public static long Align(long bytes) => Memory.Storage.Align(bytes);

    // Whether each unit makes the panels of weights that it meets: nobody else meets them.
    private bool MakesOwnPanels(KernelSet kernels) => Weights.KeptAt is null && !Weights.NeedPlace(kernels);

    private long ScratchBytes(KernelSet kernels)
        => Align((winograd ? Blocking(kernels).Scratch : kernels.GemmScratch(shape)) * sizeof(float));

    private long PanelBytes(KernelSet kernels)
    {
        WinogradBlocking blocking = Blocking(kernels);
        return Align(blocking.Filters * blocking.PanelPosition * sizeof(float));
    }

    private long BiasBytes(KernelSet kernels) => Align(Weights.PaddedChannels(kernels) * sizeof(float));

    // Behind the memory of a unit lie a panel, the bias, and what making the panel needs.
    private ConvolutionCall WithOwnPanels(KernelSet kernels, WinogradBlocking blocking, ConvolutionCall call)
    {
        nint panel = call.Scratch + (nint)ScratchBytes(kernels), offsets = panel + (nint)PanelBytes(kernels),
            filters = offsets + (nint)BiasBytes(kernels);
        Weights.ReadBias(kernels, offsets);
        return call with
        {
            Weights = panel,
            Epilogue = call.Epilogue with { Bias = offsets },
            MakePanel = part => Weights.MakePanel(kernels, blocking, part, (float*)panel, blocking.PanelPosition, filters),
        };
    }

    // Units of the matrix kernel are cells; units of Winograd are made of them.
    private int Cells(KernelSet kernels) => winograd ? Blocking(kernels).Cells : kernels.GemmUnits(shape);

    private int SumsPerCell(KernelSet kernels) => 2 * Weights.PaddedChannels(kernels);
}
