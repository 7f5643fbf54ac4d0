using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels;

/// <summary>
/// C = A B (or C += A B) for a B that was packed into panels of two registers of columns (<see cref="PackedMatrix"/>).
/// A is row-major with any row stride. C has room for a whole number of <see cref="RowsPerBlock"/> rows: rows past the end are computed
/// from the last row of A and mean nothing.
/// </summary>
internal static unsafe partial class Gemm<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Columns of one panel of B.</summary>
    public static int PanelWidth => 2 * S.Lanes;

    /// <summary>
    /// Rows of C that one call of the kernel computes: 12 (8 or 4 at the end) where there are 32 vector registers, else 6 (4 at the end).
    /// </summary>
    public static int RowsPerBlock => S.Registers == 32 ? 12 : 6;

    /// <summary><paramref name="rows"/> rounded up to whole blocks.</summary>
    public static int PadRows(int rows) => (rows + RowsPerBlock - 1) / RowsPerBlock * RowsPerBlock;

    /// <summary>Multiplies.</summary>
    /// <param name="a">[rows, k], row stride <paramref name="lda"/>.</param>
    /// <param name="lda">Floats from one row of A to the next.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="b">Panels [k, <see cref="PanelWidth"/>], one after the other.</param>
    /// <param name="panels">The number of panels.</param>
    /// <param name="k">The inner length.</param>
    /// <param name="c">[rows, panels * PanelWidth], row stride <paramref name="ldc"/>.</param>
    /// <param name="ldc">Floats from one row of C to the next.</param>
    /// <param name="accumulate">Whether to add to C instead of overwriting it.</param>
    /// <param name="after">The panel that will be needed next, to be brought nearer; null when unknown.</param>
    /// <param name="rowsAfter">The rows of A that will be needed next, as many as now and one after the other; null when unknown.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, nint lda, int rows, float* b, int panels, nint k, float* c, nint ldc, bool accumulate,
        float* after = null, float* rowsAfter = null)
    {
        // A block of rows asks for 8 floats a step. The first ones of a panel ask for the next panel; the last of all that are left ask for
        // the next rows, except with 512-bit vectors: a decode took 5 % longer there.
        if (S.Lanes == 16) rowsAfter = null;
        int blocks = PadRows(rows) / RowsPerBlock, forPanel = PanelWidth / 8;
        int forRows = rowsAfter is null ? 0 : (rows + 7) / 8, slot = forRows - panels * Math.Max(0, blocks - forPanel);
        for (int panel = 0; panel < panels; panel++)
        {
            float* columns = b + panel * k * PanelWidth;
            float* result = c + panel * PanelWidth;
            float* next = panel + 1 < panels ? columns + k * PanelWidth : after is null ? columns : after;
            for (int row = 0, block = 0; row < rows;)
            {
                int left = rows - row;
                float* ahead = block < forPanel ? next + block * k * 8 : slot >= 0 && slot < forRows ? rowsAfter + slot * k * 8 : columns;
                if (block++ >= forPanel) slot++;
                float* source = a + row * lda, target = result + row * ldc;
                int now = RowsNow(left);
                if (S.Lanes == 4 && GemmLanes.IsSupported) ByLane(now, source, lda, left - 1, columns, k, target, ldc, accumulate);
                else if (now == 12) Rows12(source, lda, left - 1, columns, k, target, ldc, accumulate, ahead);
                else if (now == 8) Rows8(source, lda, left - 1, columns, k, target, ldc, accumulate, ahead);
                else if (now == 6) Rows6(source, lda, left - 1, columns, k, target, ldc, accumulate, ahead);
                else Rows4(source, lda, left - 1, columns, k, target, ldc, accumulate, ahead);
                row += now;
            }
        }
    }

    // Small blocks finish the rows, so that few are computed in vain: 16 are 8 and 8, or 6, 6 and 4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RowsNow(int left) => RowsPerBlock == 12
        ? left <= 4 ? 4 : left <= 8 || left is > 12 and <= 16 ? 8 : 12
        : left is <= 4 or 7 or 8 ? 4 : 6;

    private static void ByLane(int rows, float* a, nint lda, int last, float* b, nint k, float* c, nint ldc, bool accumulate)
    {
        if (rows == 12) GemmLanes.Rows12(a, lda, last, b, k, c, ldc, accumulate);
        else if (rows == 8) GemmLanes.Rows8(a, lda, last, b, k, c, ldc, accumulate);
        else GemmLanes.Rows4(a, lda, last, b, k, c, ldc, accumulate);
    }
}
