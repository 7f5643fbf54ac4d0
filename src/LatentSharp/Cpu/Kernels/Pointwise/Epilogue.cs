using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>
/// What happens to each result of a convolution on its way to memory: bias, addition of another tensor, a function, sums for a later
/// normalisation.
/// </summary>
/// <param name="Bias">One value for each channel (padded to a panel with zeros), or null.</param>
/// <param name="Residual">The tensor to add, with the shape of the result; <c>default</c> for none. It may lie where the result
/// goes.</param>
/// <param name="Function">The function applied last, or null.</param>
/// <param name="Sums">Double sums of values less their bias [padded channels], then of squares of that (squares of large values with small
/// differences would lose the differences): those of all cells for Winograd, of the unit at hand otherwise; null when nobody asks.</param>
internal readonly unsafe record struct Epilogue(nint Bias, FeatureView Residual, ActivationKind? Function, nint Sums)
{
    /// <summary>Distance from the sums of values to the sums of squares.</summary>
    public int SquaresOffset { get; init; }
}
