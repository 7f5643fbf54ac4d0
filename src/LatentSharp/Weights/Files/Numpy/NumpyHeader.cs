using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files.Numpy;

/// <summary>
/// What stands before the elements of a <c>.npy</c> file (numpy/lib/format.py, versions 1 to 3). The text is Python's way to write a
/// dictionary; it is matched against the one form that NumPy writes and never evaluated.
/// </summary>
/// <param name="Type">How elements are stored.</param>
/// <param name="BigEndian">Whether their bytes stand in the other order.</param>
/// <param name="ColumnMajor">Whether the first index runs fastest.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Length">The bytes up to the elements.</param>
internal sealed partial record NumpyHeader(ElementType Type, bool BigEndian, bool ColumnMajor, long[] Shape, int Length)
{
    /// <summary>Bytes before the text in version 1.</summary>
    public const int Fixed = 10;

    private const int Longest = 4096;      // of the text; NumPy writes 118 bytes

    private static readonly (string Word, ElementType Type)[] Types = [("f2", ElementType.F16), ("f4", ElementType.F32), ("f8", ElementType.F64),
        ("i4", ElementType.I32), ("i8", ElementType.I64), ("u1", ElementType.U8), ("b1", ElementType.Bool)];

    /// <summary>The first bytes of every such file.</summary>
    public static ReadOnlySpan<byte> Magic => "\u0093NUMPY"u8[1..];

    /// <summary>How NumPy writes a type.</summary>
    public static string Described(ElementType type)
        => (type is ElementType.U8 or ElementType.Bool ? "|" : "<") + Types.First(t => t.Type == type).Word;

    /// <summary>Reads the header; the stream stands at the elements afterwards.</summary>
    /// <exception cref="LatentSharpException">It is none that is read here.</exception>
    public static NumpyHeader Read(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[12];
        if (stream.ReadAtLeast(start[..8], 8, throwOnEndOfStream: false) < 8 || !start[..6].SequenceEqual(Magic)) throw Bad(name, "it does not begin as one");
        int version = start[6], width = version == 1 ? 2 : 4;
        if (version is < 1 or > 3) throw Bad(name, $"it is of version {version}; 1 to 3 are read");
        if (stream.ReadAtLeast(start[8..(8 + width)], width, throwOnEndOfStream: false) < width) throw Bad(name, "it ends within its header");
        long length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > Longest) throw Bad(name, $"its header claims {length:N0} bytes");
        var bytes = new byte[length];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < length) throw Bad(name, "it ends within its header");
        string text = System.Text.Encoding.Latin1.GetString(bytes);
        Match match = Pattern().Match(text);
        if (!match.Success) throw Bad(name, "its header is not the plain description that NumPy writes, and is not evaluated");
        string word = match.Groups["type"].Value;
        if (word.StartsWith("|O", StringComparison.Ordinal)) throw Bad(name, "it holds Python objects, which are not read: they could run code");
        ElementType? type = word.Length == 3
            ? Types.Where(t => word.EndsWith(t.Word, StringComparison.Ordinal)).Select(t => (ElementType?)t.Type).FirstOrDefault() : null;
        if (type is null) throw Bad(name, $"its elements are of type {word}, which is not read");
        string[] shape = match.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new NumpyHeader(type.Value, word[0] == '>', match.Groups["order"].Value == "True",
            [.. shape.Select(d => long.TryParse(d, NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n
                : throw Bad(name, $"its shape has a dimension {d}"))], 8 + width + (int)length);
    }

    /// <summary>The bytes that all elements take.</summary>
    /// <exception cref="LatentSharpException">There are more than an array holds.</exception>
    public long ByteLength(string name)
    {
        UInt128 bytes = (UInt128)Type.BlockBytes();
        foreach (long d in Shape)
        {
            bytes *= (UInt128)d;
            if (bytes > (UInt128)Array.MaxLength) throw Bad(name, $"its shape ({string.Join(", ", Shape)}) has more elements than can be held");
        }
        return (long)bytes;
    }

    /// <summary>Refuses elements of another length than the shape needs.</summary>
    /// <exception cref="LatentSharpException">It does.</exception>
    public void RequireLength(long bytes, string name)
    {
        if (ByteLength(name) is var needed && bytes != needed)
            throw Bad(name, $"its header promises {needed:N0} bytes of elements, there are {bytes:N0}");
    }

    /// <summary>The error for an array that cannot be read.</summary>
    public static LatentSharpException Bad(string name, string what)
        => new(ErrorKind.BadInput, name, $"as a NumPy array it cannot be read: {what}.",
            "The file is damaged, or of another program; encode the picture again.");

    [GeneratedRegex(@"^\{'descr': '(?<type>[<>|=][A-Za-z0-9]+)', 'fortran_order': (?<order>True|False), 'shape': \((?<shape>[0-9, ]*)\), \} *\n$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
