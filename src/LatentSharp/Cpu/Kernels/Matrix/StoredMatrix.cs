using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// Weights [rows, columns] as they are stored: rows of one tensor of a source, or bytes that are kept in memory in the stored form.
/// </summary>
/// <remarks>Rows of quantised types have to consist of whole blocks. Reading is thread-safe.</remarks>
internal sealed unsafe class StoredMatrix
{
    private readonly WeightRef? weight;
    private readonly long firstRow;
    private readonly nint resident;
    private readonly float[] scales;

    /// <summary>Rows of a tensor.</summary>
    /// <param name="weight">The tensor; its first dimension is the rows, the others together are the columns.</param>
    /// <param name="scales">Factors of the stored values: none, one for all or one for each row of the tensor.</param>
    public StoredMatrix(WeightRef weight, params float[] scales) : this(weight, 0, checked((int)weight.Shape[0]), scales)
    {
    }

    /// <summary>Some rows of a tensor.</summary>
    /// <param name="weight">The tensor.</param>
    /// <param name="firstRow">The first row to take.</param>
    /// <param name="rows">How many.</param>
    /// <param name="scales">Factors of the stored values: none, one for all or one for each row taken.</param>
    public StoredMatrix(WeightRef weight, int firstRow, int rows, params float[] scales)
        : this(weight.Info.Type, rows, checked((int)(weight.ElementCount / weight.Shape[0])), scales)
    {
        if (firstRow < 0 || rows > weight.Shape[0] - firstRow)
            throw new ArgumentOutOfRangeException(nameof(firstRow), $"rows {firstRow} to {firstRow + rows} reach outside {weight.Name} {weight.Shape}");
        this.weight = weight;
        this.firstRow = firstRow;
    }

    /// <summary>Rows that lie in memory in their stored form for as long as this value is used.</summary>
    public StoredMatrix(ElementType type, int rows, int columns, nint resident, params float[] scales) : this(type, rows, columns, scales)
        => this.resident = resident;

    private StoredMatrix(ElementType type, int rows, int columns, float[] scales)
    {
        if (columns % type.BlockLength() != 0)
            throw new ArgumentException($"rows of {columns} values are no whole blocks of {type}", nameof(columns));
        if (scales.Length > 1 && scales.Length != rows)
            throw new ArgumentException($"{scales.Length} scales for {rows} rows; expected none, one, or one for each row", nameof(scales));
        (Type, Rows, Columns, this.scales) = (type, rows, columns, scales);
    }

    /// <summary>How the values are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Rows: features that come out.</summary>
    public int Rows { get; }

    /// <summary>Columns: features that go in.</summary>
    public int Columns { get; }

    /// <summary>Bytes of a row.</summary>
    public nint RowBytes => BytesOf(Columns);

    /// <summary>Bytes of all rows.</summary>
    public long Bytes => (long)Rows * RowBytes;

    /// <summary>Whether every value is stored value times one.</summary>
    public bool IsUnscaled => scales.Length == 0;

    /// <summary>The factor of the values of a row.</summary>
    public float Scale(int row) => scales.Length switch { 0 => 1f, 1 => scales[0], _ => scales[row] };

    /// <summary>Bytes of a run of whole blocks.</summary>
    public nint BytesOf(int values) => (nint)(values / Type.BlockLength()) * Type.BlockBytes();

    /// <summary>The same rows where a copy of all of them lies in memory.</summary>
    public StoredMatrix At(nint copy) => new(Type, Rows, Columns, copy, scales);

    /// <summary>Where all rows lie in a file; null where they do not.</summary>
    public StoredRange? Locate() => weight?.Source.Locate(weight.Info) is { } whole
        ? whole with { Offset = whole.Offset + firstRow * RowBytes, Length = Bytes } : null;

    /// <summary>Some columns of some rows: where they lie if that is in memory, else a copy in <paramref name="buffer"/>.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="column">The first column, a multiple of the block length.</param>
    /// <param name="columns">How many, whole blocks.</param>
    /// <param name="buffer">At least rows times the bytes of the columns.</param>
    /// <param name="rowBytes">Bytes from one row to the next in what is returned.</param>
    public ReadOnlySpan<byte> Borrow(int row, int rows, int column, int columns, Span<byte> buffer, out nint rowBytes)
    {
        nint bytes = BytesOf(columns), start = BytesOf(column);
        rowBytes = RowBytes;
        if (resident != 0)
            return new ReadOnlySpan<byte>((byte*)resident + row * rowBytes + start, checked((int)((rows - 1) * rowBytes + bytes)));
        long offset = (firstRow + row) * (long)rowBytes + start;
        if (columns == Columns || rows == 1)
        {
            return weight!.Source.Borrow(weight.Info, offset, buffer[..checked((int)(rows * bytes))]);
        }
        for (int i = 0; i < rows; i++, offset += rowBytes)
        {
            Span<byte> part = buffer.Slice(checked((int)(i * bytes)), (int)bytes);
            ReadOnlySpan<byte> found = weight!.Source.Borrow(weight.Info, offset, part);
            if (!Unsafe.AreSame(ref MemoryMarshal.GetReference(found), ref MemoryMarshal.GetReference(part))) found.CopyTo(part);
        }
        rowBytes = bytes;
        return buffer[..checked((int)(rows * bytes))];
    }
}
