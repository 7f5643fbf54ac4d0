using System.Buffers.Binary;
using System.Globalization;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files.Numpy;

/// <summary>An array as NumPy keeps it.</summary>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Its dimensions; none for a single value.</param>
/// <param name="Bytes">The elements, row-major, little-endian.</param>
internal sealed record NumpyArray(ElementType Type, long[] Shape, byte[] Bytes)
{
    /// <summary>Float32 values.</summary>
    public static NumpyArray Of(ReadOnlySpan<float> values, params long[] shape)
    {
        var bytes = new byte[4L * values.Length];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        return new NumpyArray(ElementType.F32, shape, bytes);
    }

    /// <summary>Float64 values in a row.</summary>
    public static NumpyArray Of(params ReadOnlySpan<double> values)
    {
        var bytes = new byte[8 * values.Length];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8 * i), values[i]);
        return new NumpyArray(ElementType.F64, [values.Length], bytes);
    }

    /// <summary>Whole numbers of 64 bits in a row.</summary>
    public static NumpyArray Of(params ReadOnlySpan<long> values)
    {
        var bytes = new byte[8 * values.Length];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 * i), values[i]);
        return new NumpyArray(ElementType.I64, [values.Length], bytes);
    }

    /// <summary>The values as float32.</summary>
    public float[] ToSingles()
    {
        var values = new float[Bytes.Length / Type.BlockBytes()];
        Widening.ToSingle(Type, Bytes, values);
        return values;
    }

    /// <summary>The file: a header of version 1.0, padded to a multiple of 64 bytes, and the elements.</summary>
    public byte[] ToFile()
    {
        string shape = Shape.Length == 1 ? string.Create(CultureInfo.InvariantCulture, $"({Shape[0]},)")
            : $"({string.Join(", ", Shape.Select(d => d.ToString(CultureInfo.InvariantCulture)))})";
        string text = $"{{'descr': '{NumpyHeader.Described(Type)}', 'fortran_order': False, 'shape': {shape}, }}";
        int length = (NumpyHeader.Fixed + text.Length + 1 + 63) / 64 * 64;
        var file = new byte[length + Bytes.Length];
        NumpyHeader.Magic.CopyTo(file);
        file[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), (ushort)(length - NumpyHeader.Fixed));
        file.AsSpan(NumpyHeader.Fixed, length - NumpyHeader.Fixed).Fill((byte)' ');
        System.Text.Encoding.ASCII.GetBytes(text, file.AsSpan(NumpyHeader.Fixed));
        file[length - 1] = (byte)'\n';
        Bytes.CopyTo(file.AsSpan(length));
        return file;
    }

    /// <summary>Reads a file of an announced length. Nothing is allocated before the length and the shape agree.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="length">How many bytes it is said to have.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="LatentSharpException">It is no such file, holds objects, or has another length than its shape needs.</exception>
    public static NumpyArray Read(Stream stream, long length, string name)
    {
        NumpyHeader header = NumpyHeader.Read(stream, name);
        header.RequireLength(length - header.Length, name);
        var bytes = new byte[header.ByteLength(name)];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || stream.ReadByte() >= 0)
            throw NumpyHeader.Bad(name, "it has another length than the archive says");
        int size = header.Type.BlockBytes();
        if (header.BigEndian)
            for (int at = 0; at < bytes.Length; at += size) bytes.AsSpan(at, size).Reverse();
        return new NumpyArray(header.Type, header.Shape, header.ColumnMajor ? RowMajor(bytes, header.Shape, size) : bytes);
    }

    private static byte[] RowMajor(byte[] bytes, long[] shape, int size)
    {
        var result = new byte[bytes.Length];
        var index = new long[shape.Length];
        for (int to = 0; to < bytes.Length; to += size)
        {
            long from = 0;
            for (int d = shape.Length - 1; d >= 0; d--) from = from * shape[d] + index[d];
            bytes.AsSpan((int)(from * size), size).CopyTo(result.AsSpan(to));
            for (int d = shape.Length - 1; d >= 0 && ++index[d] == shape[d]; d--) index[d] = 0;
        }
        return result;
    }
}
