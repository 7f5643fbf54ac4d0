using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>How the values of a row are brought to a common size before they are multiplied.</summary>
internal enum RowNorm
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>Less their mean, divided by their standard deviation.</summary>
    Layer,
    /// <summary>Divided by the root of the mean of their squares.</summary>
    RootMeanSquare,
}

/// <summary>
/// What happens to each row on its way into a product, or on its own: a normalisation, then gain * x + offset with a value for each column.
/// </summary>
/// <param name="Norm">The normalisation.</param>
/// <param name="Epsilon">Added to the variance, or to the mean of the squares.</param>
/// <param name="Gain">[columns], or 0 for 1 everywhere.</param>
/// <param name="Offset">[columns], or 0 for none.</param>
/// <param name="GainIsScale">Whether the gain is 1 + <paramref name="Gain"/>: the scale of a modulation.</param>
internal readonly record struct RowMap(RowNorm Norm, float Epsilon = 0, nint Gain = 0, nint Offset = 0, bool GainIsScale = false)
{
    /// <summary>Whether rows pass unchanged.</summary>
    public bool IsNone => Norm == RowNorm.None && Gain == 0 && Offset == 0;
}

/// <summary>
/// What happens to each sum on its way to memory: Residual + Gate * Factor * Function(sum + Bias), each part only where it is given.
/// </summary>
/// <param name="Bias">[N], or 0.</param>
/// <param name="Function">The function, or null.</param>
/// <param name="Factor">A matrix to multiply by, of the shape of the result: the other half of a gated unit.</param>
/// <param name="Gate">[N] factors, or 0.</param>
/// <param name="Residual">A matrix to add, of the shape of the result. It may lie where the result goes.</param>
internal readonly record struct SumMap(nint Bias = 0, ActivationKind? Function = null, MatrixView Factor = default, nint Gate = 0,
    MatrixView Residual = default);

/// <summary>The operands of a product.</summary>
/// <param name="X">[M, K].</param>
/// <param name="Y">[M, N]; does not overlap <paramref name="X"/>.</param>
/// <param name="Weights">W as it is stored; null when <paramref name="Packed"/> is given.</param>
/// <param name="Packed">W as <see cref="PackedWeights"/> lays it out, or 0.</param>
/// <param name="Prologue">What happens to X first. Not available for few rows of stored weights: transform X before.</param>
/// <param name="Epilogue">What happens to the sums.</param>
internal readonly record struct ProductCall(MatrixView X, MatrixView Y, StoredMatrix? Weights, nint Packed = 0, RowMap Prologue = default,
    SumMap Epilogue = default);
