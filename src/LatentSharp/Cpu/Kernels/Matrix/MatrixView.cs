namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>A matrix of float32 values in memory, row after row.</summary>
/// <param name="Data">The first value; 0 for no matrix.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Stride">Floats from one row to the next, at least <paramref name="Columns"/>: more for a part of the columns of a wider
/// matrix.</param>
internal readonly unsafe record struct MatrixView(nint Data, int Rows, int Columns, nint Stride)
{
    /// <summary>Whether there is no matrix.</summary>
    public bool IsNone => Data == 0;

    /// <summary>The first value of a row.</summary>
    public float* Row(int row) => (float*)Data + row * Stride;

    /// <summary>The columns from <paramref name="first"/> on.</summary>
    public MatrixView Part(int first, int columns) => new(Data + first * sizeof(float), Rows, columns, Stride);
}
