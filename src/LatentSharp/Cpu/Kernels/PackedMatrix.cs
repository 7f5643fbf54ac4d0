namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// How a matrix B [k, n] lies in memory for <see cref="Gemm{S, V}"/>: panels of a fixed number of columns, each panel row after row; the
/// last one is filled with zeros.
/// </summary>
/// <param name="K">Rows of B, the inner length.</param>
/// <param name="N">Columns of B.</param>
/// <param name="PanelWidth">Columns of a panel.</param>
internal readonly record struct PackedMatrix(int K, int N, int PanelWidth)
{
    /// <summary>The number of panels.</summary>
    public int Panels => (N + PanelWidth - 1) / PanelWidth;

    /// <summary>Columns including the zeros at the end.</summary>
    public int PaddedN => Panels * PanelWidth;

    /// <summary>Floats of one panel.</summary>
    public nint PanelSize => (nint)K * PanelWidth;

    /// <summary>Floats in all.</summary>
    public nint Size => Panels * PanelSize;
}
