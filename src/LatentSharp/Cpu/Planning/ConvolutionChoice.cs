using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>Which algorithm computes a convolution, and why.</summary>
internal static class ConvolutionChoice
{
    /// <summary>Whether Winograd computes it; a matrix product of patches does otherwise.</summary>
    public static bool UseWinograd(in ConvolutionShape shape, KernelSet kernels)
    {
        // The transform exists for 3x3 at stride 1 with one pixel of zeros around.
        if (shape.KernelHeight != 3 || shape.KernelWidth != 3 || shape.Stride != 1 || shape.Padding != Padding.All(1)) return false;
        // Its input side works on whole registers of channels; conv_in with 3 channels costs next to nothing either way.
        return shape.Source.Channels % Math.Max(kernels.Lanes, 4) == 0;
    }
}
