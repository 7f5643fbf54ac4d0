namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// The arithmetic of a product: in which form weights and rows lie beside each other, and how a block of rows is multiplied with panels of
/// weights. How a product is cut into units of work does not depend on it.
/// </summary>
/// <param name="width">Rows of W in a panel, columns of the result.</param>
internal abstract unsafe class PanelKernels(int width)
{
    /// <summary>Rows of W in a panel, columns of the result.</summary>
    public int Width { get; } = width;

    /// <summary>The instructions that it uses beyond those of the vector width, for people; null for none.</summary>
    public virtual string? Name => null;

    /// <summary>The rows that one call of the kernel computes; sums have room for a whole number of them.</summary>
    public abstract int PadRows(int rows);

    /// <summary>Bytes of a panel of a block of depth.</summary>
    /// <param name="depth">Values of each row, at most <see cref="PackedWeights.DepthBlock"/>.</param>
    public abstract nint PanelBytes(int depth);

    /// <summary>Bytes from one packed row of a block of depth to the next.</summary>
    public abstract nint RowBytes { get; }

    /// <summary>Bytes of scratch memory that packing needs, of weights or of rows.</summary>
    public abstract nint Scratch { get; }

    /// <summary>Packs one block of depth of one panel.</summary>
    /// <param name="stored">The first stored value: of the panel's first row, and of the block.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="weights">What they are.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">Rows that exist, at most <see cref="Width"/>; the others become zeros.</param>
    /// <param name="depth">Values of each row, at most <see cref="PackedWeights.DepthBlock"/>.</param>
    /// <param name="panel"><see cref="PanelBytes"/>.</param>
    /// <param name="scratch"><see cref="Scratch"/> bytes.</param>
    public abstract void PackWeights(byte* stored, nint rowBytes, StoredMatrix weights, int row, int rows, int depth, byte* panel,
        byte* scratch);

    /// <summary>Packs one block of depth of some rows of X, mapped on their way.</summary>
    /// <param name="map">What to do to them.</param>
    /// <param name="pairs">The statistics of the first row; not read when there is no normalisation.</param>
    /// <param name="x">The matrix.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columns">How many, at most <see cref="PackedWeights.DepthBlock"/>.</param>
    /// <param name="target"><see cref="RowBytes"/> for each row.</param>
    /// <param name="scratch"><see cref="Scratch"/> bytes.</param>
    public abstract void PackRows(in RowMap map, float* pairs, in MatrixView x, int first, int rows, int column, int columns,
        byte* target, byte* scratch);

    /// <summary>Multiplies packed rows with panels of the same block of depth, one after the other.</summary>
    /// <param name="a">The rows.</param>
    /// <param name="rows">How many.</param>
    /// <param name="b">The panels.</param>
    /// <param name="panels">How many.</param>
    /// <param name="depth">Values of each row.</param>
    /// <param name="c">The sums: room for <see cref="PadRows"/>.</param>
    /// <param name="ldc">Floats from one row of sums to the next.</param>
    /// <param name="accumulate">Whether to add to the sums instead of overwriting them.</param>
    /// <param name="after">The panel that will be needed next, to be brought nearer; null when unknown.</param>
    public abstract void Multiply(byte* a, int rows, byte* b, int panels, int depth, float* c, nint ldc, bool accumulate, byte* after);
}
