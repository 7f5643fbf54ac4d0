namespace LatentSharp.Cpu.Kernels.Int8;

/// <summary>
/// Multiplies some rows of codes with a panel of weights in codes. The integer sums of a block of depth are exact; they are scaled and
/// added to float32 sums in the order of the blocks, with one rounding for the scale and one for the addition, so that every
/// implementation gives the same bits.
/// </summary>
internal unsafe interface IByteTile
{
    /// <summary>Columns of the result: rows of weights in a panel.</summary>
    const int Width = 16;

    /// <summary>Rows that are computed at a time.</summary>
    const int Rows = 6;

    /// <summary>
    /// What integer sums start at, so that at their end they are, read as a float32, 1.5 * 2^23 + sum: exact for |sum| &lt; 2^22, which 256
    /// products of 127 * 127 keep to, and cheaper than a conversion.
    /// </summary>
    const float Base = 12582912f;

    /// <summary>The instructions, for people.</summary>
    static abstract string Name { get; }

    /// <summary>
    /// What is added to the codes of rows as they are stored: 128 where the processor multiplies unsigned with signed bytes, so that all of
    /// the range is used and nothing saturates. Sums start lower by as much for each weight.
    /// </summary>
    static abstract int Offset { get; }

    /// <summary>Bytes of a stored code of a row.</summary>
    static abstract int CodeBytes { get; }

    /// <summary>Stores the codes of a block of depth of a row as <see cref="Multiply"/> reads them.</summary>
    /// <param name="codes">All of a block of depth, with zeros behind its end.</param>
    /// <param name="target">As many times <see cref="CodeBytes"/>.</param>
    static abstract void StoreRow(sbyte* codes, byte* target);

    /// <summary>Adds the products of <see cref="Rows"/> rows with a panel to their sums.</summary>
    /// <param name="rows">The rows: codes, and behind those of a whole block of depth their scales.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="last">The last row that exists; those behind it are computed as if they were the same.</param>
    /// <param name="panel">The panel: see <see cref="BytePanels"/>.</param>
    /// <param name="depth">Values of a row, padded to fours.</param>
    /// <param name="block">Values that share a scale, a multiple of four.</param>
    /// <param name="c">The sums.</param>
    /// <param name="ldc">Floats from one row of sums to the next.</param>
    static abstract void Multiply(byte* rows, nint rowBytes, int last, byte* panel, int depth, int block, float* c, nint ldc);
}
