using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels;

/// <summary>The sizes of one convolution.</summary>
/// <param name="Source">What is in memory.</param>
/// <param name="Result">What is written.</param>
/// <param name="KernelHeight">Rows of the kernel.</param>
/// <param name="KernelWidth">Columns of the kernel.</param>
/// <param name="Stride">Step, each way.</param>
/// <param name="Padding">Zeros around the input.</param>
/// <param name="Enlarged">Whether the convolution sees its source enlarged by two with nearest neighbours; the enlarged picture is never in
/// memory.</param>
internal readonly record struct ConvolutionShape(FeatureShape Source, FeatureShape Result, int KernelHeight, int KernelWidth, int Stride,
    Padding Padding, bool Enlarged)
{
    /// <summary>Rows that the kernel sees.</summary>
    public int InputHeight => Enlarged ? Source.Height * 2 : Source.Height;

    /// <summary>Columns that the kernel sees.</summary>
    public int InputWidth => Enlarged ? Source.Width * 2 : Source.Width;

    /// <summary>Values that one result channel of one pixel is a weighted sum of.</summary>
    public int PatchLength => KernelHeight * KernelWidth * Source.Channels;

    /// <summary>Whether this is one multiplication of the pixels with a matrix.</summary>
    public bool IsPointwise => KernelHeight == 1 && KernelWidth == 1 && Stride == 1 && Padding == default && !Enlarged;
}

/// <summary>One convolution at work: where everything is in memory.</summary>
/// <param name="Shape">The sizes.</param>
/// <param name="Source">The input.</param>
/// <param name="Prologue">What happens to each input value when it is read.</param>
/// <param name="Weights">The packed weights.</param>
/// <param name="Result">Where the result goes.</param>
/// <param name="Epilogue">What happens to each result value; its sums are those of the unit at hand.</param>
/// <param name="Scratch">Memory of the worker at hand.</param>
/// <param name="MakePanel">Makes a panel of weights for Winograd, which then lies in <paramref name="Weights"/> alone; null where all are
/// there.</param>
internal readonly record struct ConvolutionCall(ConvolutionShape Shape, FeatureView Source, PixelMap Prologue, nint Weights,
    FeatureView Result, Epilogue Epilogue, nint Scratch, Action<int>? MakePanel = null);
