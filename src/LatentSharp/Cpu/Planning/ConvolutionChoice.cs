using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>Which algorithm computes a convolution, and why.</summary>
internal static class ConvolutionChoice
{
    /// <summary>Whether Winograd computes it; a matrix product of patches does otherwise.</summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="kernels">The kernels that compute it.</param>
    /// <param name="exact">Whether the rounding of direct sums is asked for.</param>
    public static bool UseWinograd(in ConvolutionShape shape, KernelSet kernels, bool exact)
    {
        if (exact) return false;
        // The transforms exist for 3x3: at stride 1 with one pixel of zeros around, and at stride 2.
        if (shape.KernelHeight != 3 || shape.KernelWidth != 3 || (shape.Stride == 1 ? shape.Padding != Padding.All(1)
            : shape.Stride != 2 || shape.Enlarged)) return false;
        // Its input side works on whole registers of channels; conv_in with 3 channels costs next to nothing either way.
        return shape.Source.Channels % Math.Max(kernels.Lanes, 4) == 0;
    }
}
