using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// The filters of a convolution, transformed for Winograd or packed for the matrix kernel, and the bias behind them. A part is a panel of
/// result channels.
/// </summary>
/// <param name="shape">The sizes.</param>
/// <param name="weight">[out, in, kh, kw].</param>
/// <param name="bias">[out], or null.</param>
/// <param name="blocking">How Winograd cuts the work; null for a matrix product of patches.</param>
internal sealed unsafe class ConvolutionWeights(ConvolutionShape shape, WeightRef weight, WeightRef? bias,
    Func<KernelSet, WinogradBlocking>? blocking) : StepWeights
{
    // Measured on one core (EPYC of the fourth generation, 58 G multiply-adds a second): a value of a transformed filter takes
    // 0.39 to 0.48 ns,
    // one of a packed filter, which is copied by itself, 1.5 (1x1) to 3.3 ns (3x3).
    private const double CostOfTransformed = 25, CostOfPacked = 130;

    /// <inheritdoc/>
    public override long Bytes(KernelSet kernels) => FilterBytes(kernels) + Convolution.Align(PaddedChannels(kernels) * sizeof(float));

    /// <inheritdoc/>
    public override bool NeedPlace(KernelSet kernels) => blocking is null || !blocking(kernels).OwnPanels;

    /// <inheritdoc/>
    public override int Parts(KernelSet kernels) => (shape.Result.Channels + kernels.PanelWidth - 1) / kernels.PanelWidth;

    /// <inheritdoc/>
    public override long PrivateBytes(KernelSet kernels) => (long)kernels.PanelWidth * shape.PatchLength * sizeof(float);

    /// <inheritdoc/>
    public override double Cost(KernelSet kernels)
        => FilterBytes(kernels) / sizeof(float) * (blocking is null ? CostOfPacked : CostOfTransformed);

    /// <inheritdoc/>
    public override void Make(KernelSet kernels, int part, nint memory, nint scratch)
    {
        nint width = kernels.PanelWidth;
        float* packed = (float*)memory;
        if (blocking is not null)
        {
            WinogradBlocking cut = blocking(kernels);
            MakePanel(kernels, cut, part, packed + part * shape.Source.Channels * width, cut.WeightPosition, scratch);
        }
        else
        {
            kernels.PackGemm(shape, (float*)scratch, Read(kernels, part, scratch), packed + part * shape.PatchLength * width);
        }
        if (part == 0) ReadBias(kernels, BiasIn(kernels, memory));
    }

    /// <summary>Transforms a panel of filters for Winograd.</summary>
    /// <param name="kernels">The kernels that will read it.</param>
    /// <param name="cut">How they cut the work.</param>
    /// <param name="part">The panel.</param>
    /// <param name="panel">Where its first value of the transformed filters goes.</param>
    /// <param name="position">Floats from there to the next.</param>
    /// <param name="scratch"><see cref="PrivateBytes"/>.</param>
    public void MakePanel(KernelSet kernels, in WinogradBlocking cut, int part, float* panel, nint position, nint scratch)
        => kernels.PackWinograd((float*)scratch, Read(kernels, part, scratch), shape.Source.Channels, panel, cut, position);

    /// <summary>Reads the bias, zeros where there is none.</summary>
    public void ReadBias(KernelSet kernels, nint memory)
    {
        var offsets = new Span<float>((float*)memory, PaddedChannels(kernels));
        offsets.Clear();
        bias?.Read(0, offsets[..shape.Result.Channels]);
    }

    // Reads the filters of a panel; gives how many there are.
    private int Read(KernelSet kernels, int part, nint scratch)
    {
        int width = kernels.PanelWidth, some = Math.Min(width, shape.Result.Channels - part * width);
        weight.Read((long)part * width * shape.PatchLength, new Span<float>((float*)scratch, some * shape.PatchLength));
        return some;
    }

    /// <summary>Where the bias lies; zeros where there is none.</summary>
    public nint BiasIn(KernelSet kernels, nint memory) => memory + (nint)FilterBytes(kernels);

    /// <summary>Floats of the bias.</summary>
    public int PaddedChannels(KernelSet kernels) => new PackedMatrix(1, shape.Result.Channels, Math.Max(16, kernels.PanelWidth)).PaddedN;

    private long FilterBytes(KernelSet kernels)
        => Convolution.Align(
            (blocking is null ? new PackedMatrix(shape.PatchLength, shape.Result.Channels, kernels.PanelWidth).Size
                : blocking(kernels).Weights) * sizeof(float));
}
