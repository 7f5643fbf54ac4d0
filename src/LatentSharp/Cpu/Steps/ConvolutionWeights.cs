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
    public override int Parts(KernelSet kernels) => (shape.Result.Channels + kernels.PanelWidth - 1) / kernels.PanelWidth;

    /// <inheritdoc/>
    public override long PrivateBytes(KernelSet kernels) => (long)kernels.PanelWidth * shape.PatchLength * sizeof(float);

    /// <inheritdoc/>
    public override double Cost(KernelSet kernels)
        => FilterBytes(kernels) / sizeof(float) * (blocking is null ? CostOfPacked : CostOfTransformed);

    /// <inheritdoc/>
    public override void Make(KernelSet kernels, int part, nint memory, nint scratch)
    {
        int width = kernels.PanelWidth, length = shape.PatchLength, some = Math.Min(width, shape.Result.Channels - part * width);
        float* filters = (float*)scratch, packed = (float*)memory;
        weight.Read((long)part * width * length, new Span<float>(filters, some * length));
        if (blocking is not null)
            kernels.PackWinograd(filters, some, shape.Source.Channels, packed + (nint)part * shape.Source.Channels * width,
                blocking(kernels));
        else kernels.PackGemm(shape, filters, some, packed + (nint)part * length * width);
        if (part > 0) return;
        float* offsets = (float*)BiasIn(kernels, memory);
        new Span<float>(offsets, PaddedChannels(kernels)).Clear();
        bias?.Read(0, new Span<float>(offsets, shape.Result.Channels));
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
