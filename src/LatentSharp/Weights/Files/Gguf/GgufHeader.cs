using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files.Gguf;

/// <summary>
/// The header of a GGUF file, versions 2 and 3, checked completely (https://github.com/ggml-org/ggml, docs/gguf.md). Whoever holds a value
/// of this type may use every offset in it without looking again.
/// </summary>
internal sealed class GgufHeader
{
    private const int MaxDimensions = 4;            // GGML_MAX_DIMS
    private const int MaxTextLength = 64 << 20;     // one string value; tokenizer models are the largest
    private const int MaxNameLength = 65_535;
    private const int ShownArrayItems = 64;
    private const int MaxTensors = 200_000;         // a hundred times what the largest published files have
    private const int MaxMetadata = 65_536;
    private const uint DefaultAlignment = 32;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly FileBytes file;
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly List<(TensorInfo Info, long Offset)> tensors = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly byte[] buffer;
    private readonly ReadingBudget budget;
    private long bufferStart;
    private int bufferLength;
    private long position;
    private uint alignment = DefaultAlignment;

    public GgufHeader(FileBytes file)
    {
        this.file = file;
        budget = new ReadingBudget(file.Length);
        buffer = new byte[(int)Math.Min(64 << 10, file.Length)];
        if (file.Length < 4 || U32() != 0x46554747) throw new InvalidDataException("it does not begin with the letters GGUF");
        uint version = U32();
        if (version is not (2 or 3))
            throw new InvalidDataException(BinaryPrimitives.ReverseEndianness(version) is 2 or 3 ? "it is a big-endian file"
                : $"it has version {version}; 2 and 3 are known");
        ulong tensorCount = U64(), metadataCount = U64();
        // A tensor takes at least 24 bytes of the header, a metadata entry at least 13: no count can exceed what the file has room for.
        if (tensorCount > (ulong)file.Length / 24)
            throw new InvalidDataException($"it announces {tensorCount:N0} tensors in {file.Length:N0} bytes");
        if (metadataCount > (ulong)file.Length / 12)
            throw new InvalidDataException($"it announces {metadataCount:N0} metadata entries in {file.Length:N0} bytes");
        if (tensorCount > MaxTensors) throw new InvalidDataException($"it announces {tensorCount:N0} tensors; at most {MaxTensors:N0} are accepted");
        if (metadataCount > MaxMetadata)
            throw new InvalidDataException($"it announces {metadataCount:N0} metadata entries; at most {MaxMetadata:N0} are accepted");
        for (ulong i = 0; i < metadataCount; i++) ReadMetadata();
        var announced = new List<(string Name, ElementType Type, Shape Shape, ulong Offset)>();
        for (ulong i = 0; i < tensorCount; i++) announced.Add(ReadTensor());
        Place(announced);
    }

    /// <summary>
    /// The tensors in the order of their data, with the absolute position of their first byte. Shapes are outermost first, as in torch.
    /// </summary>
    public IReadOnlyList<(TensorInfo Info, long Offset)> Tensors => tensors;

    /// <summary>Values as text; an array as its items in brackets, or as its length when it is long.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    private void ReadMetadata()
    {
        string key = Text(MaxNameLength, "a metadata key");
        uint type = U32();
        bool isAlignment = key == "general.alignment";
        if (isAlignment && type != 4) throw new InvalidDataException("general.alignment has to be an unsigned 32-bit integer");
        string value = type == 9 ? ReadArray(key) : ReadValue(type, key);
        if (!budget.TakeEntry(key.Length + value.Length)) throw new InvalidDataException(budget.Rule("metadata"));
        if (!metadata.TryAdd(key, value)) throw new InvalidDataException($"the metadata key {SafetensorsHeader.Quote(key)} occurs twice");
        if (!isAlignment) return;
        alignment = uint.Parse(value, CultureInfo.InvariantCulture);
        if (!System.Numerics.BitOperations.IsPow2(alignment)) throw new InvalidDataException($"the alignment {alignment} is not a power of two");
    }

    private string ReadArray(string key)
    {
        uint type = U32();
        ulong count = U64();
        if (type == 9) throw new InvalidDataException($"the metadata {SafetensorsHeader.Quote(key)} is an array of arrays");
        ulong size = type == 8 ? 8 : (ulong)SizeOf(type, key);
        if (count > (ulong)(file.Length - position) / size)
            throw new InvalidDataException(
                $"the array {SafetensorsHeader.Quote(key)} announces {count:N0} items where {file.Length - position:N0} bytes are left");
        bool shown = count <= ShownArrayItems;
        var items = new List<string>();
        for (ulong i = 0; i < count; i++)
        {
            if (shown) items.Add(ReadValue(type, key));
            else if (type == 8) Skip(U64());
            else Skip(size);
        }
        return shown ? "[" + string.Join(", ", items) + "]" : $"[{count} items]";
    }

    private string ReadValue(uint type, string key)
    {
        switch (type)
        {
            case 0: return Number(Bytes(1)[0]);
            case 1: return Number((sbyte)Bytes(1)[0]);
            case 2: return Number(BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2)));
            case 3: return Number(BinaryPrimitives.ReadInt16LittleEndian(Bytes(2)));
            case 4: return Number(U32());
            case 5: return Number((int)U32());
            case 6: return Number(BitConverter.UInt32BitsToSingle(U32()));
            case 7:
                byte flag = Bytes(1)[0];
                return flag <= 1 ? flag == 1 ? "true" : "false"
                    : throw new InvalidDataException($"the truth value {SafetensorsHeader.Quote(key)} is {flag}, neither 0 nor 1");
            case 8: return Text(MaxTextLength, "a metadata value");
            case 10: return Number(U64());
            case 11: return Number((long)U64());
            case 12: return Number(BitConverter.UInt64BitsToDouble(U64()));
            default: throw UnknownType(type, key);
        }

        static string Number<T>(T value) where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
    }

    private static int SizeOf(uint type, string key)
        => type switch { 0 or 1 or 7 => 1, 2 or 3 => 2, 4 or 5 or 6 => 4, 10 or 11 or 12 => 8, _ => throw UnknownType(type, key) };

    private static InvalidDataException UnknownType(uint type, string key)
        => new($"the metadata {SafetensorsHeader.Quote(key)} has the unknown value type {type}");

    private (string Name, ElementType Type, Shape Shape, ulong Offset) ReadTensor()
    {
        string name = Text(MaxNameLength, "a tensor name");
        if (!budget.Take(400 + 2 * name.Length)) throw new InvalidDataException(budget.Rule("list of tensors"));
        if (!names.Add(name)) throw new InvalidDataException($"two tensors have the same name {SafetensorsHeader.Quote(name)}");
        uint rank = U32();
        if (rank > MaxDimensions)
            throw new InvalidDataException($"tensor {SafetensorsHeader.Quote(name)} has {rank} dimensions; at most {MaxDimensions} are allowed");
        Span<long> dimensions = stackalloc long[(int)rank];
        for (int i = dimensions.Length - 1; i >= 0; i--)
        {
            ulong d = U64();
            if (d > long.MaxValue) throw new InvalidDataException($"tensor {SafetensorsHeader.Quote(name)} has a dimension that is negative or exceeds 2^63");
            dimensions[i] = (long)d;    // the file has the fastest dimension first
        }
        uint id = U32();
        ElementType type = TypeOf(id)
            ?? throw new InvalidDataException($"tensor {SafetensorsHeader.Quote(name)} has the type {id}, which is unknown, removed or not supported");
        Shape shape;
        try
        {
            shape = new Shape(dimensions);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException($"the number of elements of tensor {SafetensorsHeader.Quote(name)} overflows 64 bits", e);
        }
        if (shape.ElementCount > long.MaxValue / type.BlockBytes())
            throw new InvalidDataException($"the size of tensor {SafetensorsHeader.Quote(name)} in bytes overflows 64 bits");
        long row = rank == 0 ? 1 : dimensions[^1];
        if (row % type.BlockLength() != 0)
            throw new InvalidDataException(
                $"the rows of tensor {SafetensorsHeader.Quote(name)} have {row} elements, no multiple of the block of {type.BlockLength()} of {type}");
        return (name, type, shape, U64());
    }

    // The type ids of ggml.h; 4 and 5 are of removed types, others are not used for weights that are read here.
    private static ElementType? TypeOf(uint id) => id switch
    {
        0 => ElementType.F32,
        1 => ElementType.F16,
        2 => ElementType.Q4_0,
        3 => ElementType.Q4_1,
        6 => ElementType.Q5_0,
        7 => ElementType.Q5_1,
        8 => ElementType.Q8_0,
        10 => ElementType.Q2_K,
        11 => ElementType.Q3_K,
        12 => ElementType.Q4_K,
        13 => ElementType.Q5_K,
        14 => ElementType.Q6_K,
        24 => ElementType.I8,
        25 => ElementType.I16,
        26 => ElementType.I32,
        27 => ElementType.I64,
        28 => ElementType.F64,
        30 => ElementType.BF16,
        _ => null,
    };

    private void Place(List<(string Name, ElementType Type, Shape Shape, ulong Offset)> announced)
    {
        if (announced.Count == 0) return;
        UInt128 data = ((UInt128)position + alignment - 1) / alignment * alignment;
        if (data > (UInt128)file.Length) throw new InvalidDataException("its tensor data would begin after the end of the file");
        foreach ((string name, ElementType type, Shape shape, ulong offset) in announced)
        {
            var info = new TensorInfo(name, type, shape);
            if (offset % alignment != 0)
                throw new InvalidDataException($"the offset {offset} of tensor {SafetensorsHeader.Quote(name)} is not a multiple of the alignment {alignment}");
            UInt128 begin = data + offset;
            if (begin + (UInt128)info.ByteLength > (UInt128)file.Length)
                throw new InvalidDataException(
                    $"the {info.ByteLength:N0} bytes of tensor {SafetensorsHeader.Quote(name)} at offset {offset:N0} reach past the end of the file");
            tensors.Add((info, (long)begin));
        }
        tensors.Sort(static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Info.ByteLength.CompareTo(b.Info.ByteLength));
        for (int i = 1; i < tensors.Count; i++)
            if (tensors[i].Offset < tensors[i - 1].Offset + tensors[i - 1].Info.ByteLength)
                throw new InvalidDataException(
                    $"the tensors {SafetensorsHeader.Quote(tensors[i - 1].Info.Name)} and {SafetensorsHeader.Quote(tensors[i].Info.Name)} overlap");
    }

    private string Text(int max, string what)
    {
        ulong length = U64();
        if (length > (ulong)(file.Length - position))
            throw new InvalidDataException($"{what} announces {length:N0} bytes where {file.Length - position:N0} are left");
        if (length > (ulong)max) throw new InvalidDataException($"{what} has {length:N0} bytes; at most {max:N0} are accepted");
        var bytes = new byte[length];
        file.Read(position, bytes);
        position += bytes.Length;
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{what} is not valid UTF-8", e);
        }
    }

    private void Skip(ulong count)
    {
        if (count > (ulong)(file.Length - position)) throw new InvalidDataException("a string reaches past the end of the file");
        position += (long)count;
    }

    private uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    private ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > file.Length - position) throw new InvalidDataException("its header is cut short");
        if (position < bufferStart || position + count > bufferStart + bufferLength)
        {
            bufferStart = position;
            bufferLength = (int)Math.Min(buffer.Length, file.Length - position);
            file.Read(position, buffer.AsSpan(0, bufferLength));
        }
        int at = (int)(position - bufferStart);
        position += count;
        return buffer.AsSpan(at, count);
    }
}
