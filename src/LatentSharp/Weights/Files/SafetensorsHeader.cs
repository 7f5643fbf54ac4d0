using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files;

/// <summary>
/// The header of a safetensors file, checked completely: https://github.com/huggingface/safetensors (README "Format"). Whoever holds a
/// value of this type may use every offset in it without looking again.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference reader refuses longer headers, so that a file of a few bytes cannot make it allocate without bound.</summary>
    public const int MaxLength = 100_000_000;

    private const int PrefixLength = 8;
    private const int MaxRank = 64;     // what PyTorch and NumPy can hold
    private const int MaxDepth = 8;     // a valid header nests three deep: header, tensor, array

    private readonly string path;
    private readonly ReadingBudget budget;
    private readonly List<(TensorInfo Info, long Begin, long End)> tensors = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private bool metadataSeen;

    private SafetensorsHeader(string path, long fileLength) => (this.path, budget) = (path, new ReadingBudget(fileLength));

    /// <summary>The tensors in the order of their data, with the absolute position of their first byte.</summary>
    public IEnumerable<(TensorInfo Info, long Offset)> Tensors => tensors.Select(t => (t.Info, DataStart + t.Begin));

    public int Count => tensors.Count;

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    private long DataStart { get; set; }

    /// <summary>Bytes after the last tensor, which belong to none.</summary>
    public long TrailingBytes { get; private set; }

    public static SafetensorsHeader Read(FileBytes file, bool allowTrailingBytes = false)
    {
        var header = new SafetensorsHeader(file.Path, file.Length);
        if (file.Length < PrefixLength)
            throw header.Refuse($"a safetensors file begins with an 8-byte header length; this file has {file.Length} bytes in all");
        Span<byte> prefix = stackalloc byte[PrefixLength];
        file.Read(0, prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxLength) throw header.Refuse($"the header may be at most {MaxLength:N0} bytes long; this file claims {length:N0}");
        if (length > (ulong)(file.Length - PrefixLength))
            throw header.Refuse($"the header length {length:N0} exceeds the {file.Length - PrefixLength:N0} bytes left in the file", truncated: true);
        if (length == 0) throw header.Refuse("the header length is 0; a header is a JSON object and begins with {");
        var json = new byte[length];
        file.Read(PrefixLength, json);
        if (json[0] != '{') throw header.Refuse($"the header has to begin with {{ (0x7B); found 0x{json[0]:X2}");
        if (!Utf8.IsValid(json)) throw header.Refuse("the header is not valid UTF-8");
        try
        {
            header.Parse(json);
        }
        catch (JsonException e)
        {
            throw header.Refuse("the header is not well-formed JSON (byte " + (e.BytePositionInLine ?? 0) + "): " + FirstSentence(e.Message), inner: e);
        }
        catch (InvalidOperationException e)
        {
            // Utf8JsonReader reports an escaped lone surrogate this way.
            throw header.Refuse("the header holds a string that is not valid Unicode", inner: e);
        }
        header.DataStart = PrefixLength + (long)length;
        header.CheckLayout(file.Length - header.DataStart, allowTrailingBytes);
        return header;
    }

    private void Parse(byte[] json)
    {
        var reader = new Utf8JsonReader(json,
            new JsonReaderOptions { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == "__metadata__") ParseMetadata(ref reader);
            else ParseTensor(ref reader, name);
        }
        if (json.AsSpan((int)reader.BytesConsumed).ContainsAnyExcept((byte)' ')) throw Refuse("only spaces may follow the JSON object in the header");
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        if (metadataSeen) throw Refuse("__metadata__ occurs twice");
        metadataSeen = true;
        if (reader.TokenType == JsonTokenType.Null) return;     // some writers say so that there are none
        if (reader.TokenType != JsonTokenType.StartObject) throw Refuse("__metadata__ has to be an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Refuse($"__metadata__ values have to be strings; {Quote(key)} is not");
            string value = reader.GetString()!;
            if (!budget.TakeEntry(key.Length + value.Length)) throw Refuse(budget.Rule("metadata"));
            if (!metadata.TryAdd(key, value)) throw Refuse($"__metadata__ has the key {Quote(key)} twice");
        }
    }

    private void ParseTensor(ref Utf8JsonReader reader, string name)
    {
        if (!budget.Take(400 + 2 * name.Length)) throw Refuse(budget.Rule("list of tensors"));
        if (!names.Add(name)) throw Refuse($"two tensors have the same name {Quote(name)}; names have to be unique");
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refuse($"the entry of tensor {Quote(name)} has to be an object with dtype, shape and data_offsets");
        ElementType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            if (field is not ("dtype" or "shape" or "data_offsets"))
            {
                reader.Skip();      // as the reference reader does
                continue;
            }
            bool twice = field switch { "dtype" => type is not null, "shape" => shape is not null, _ => offsets is not null };
            if (twice) throw Refuse($"tensor {Quote(name)} has the field {field} twice");
            switch (field)
            {
                case "dtype":
                    if (reader.TokenType != JsonTokenType.String) throw Refuse($"the dtype of tensor {Quote(name)} has to be a string");
                    string dtype = reader.GetString()!;
                    type = ElementTypes.FromName(dtype)
                        ?? throw new LatentSharpException(ErrorKind.BadInput, path,
                            $"tensor {Quote(name)} has the unknown dtype {Quote(dtype)}.",
                            "The file was written for a newer program, or is damaged; look for a version in F32, F16 or BF16.");
                    break;
                case "shape": shape = ParseIntegers(ref reader, name, "dimensions"); break;
                default: offsets = ParseIntegers(ref reader, name, "data_offsets"); break;
            }
        }
        if (type is null || shape is null || offsets is null)
            throw Refuse($"tensor {Quote(name)} lacks {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        if (offsets.Count != 2) throw Refuse($"the data_offsets of tensor {Quote(name)} have to be two numbers, begin and end; found {offsets.Count}");
        AddTensor(name, type.Value, shape, offsets[0], offsets[1]);
    }

    private List<long> ParseIntegers(ref Utf8JsonReader reader, string name, string what)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Refuse($"the {what} of tensor {Quote(name)} have to be an array of unsigned integers");
        var numbers = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetUInt64(out ulong number) || number > long.MaxValue)
                throw Refuse($"the {what} of tensor {Quote(name)} have to be unsigned integers below 2^63");
            numbers.Add((long)number);
            if (numbers.Count > MaxRank) throw Refuse($"tensor {Quote(name)} has more than {MaxRank} {what}");
        }
        return numbers;
    }

    private void AddTensor(string name, ElementType type, List<long> dimensions, long begin, long end)
    {
        Shape shape;
        try
        {
            shape = new Shape(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(dimensions));
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw Refuse($"the product of the dimensions of tensor {Quote(name)} overflows 64 bits", inner: e);
        }
        if (shape.ElementCount > long.MaxValue / type.BlockBytes()) throw Refuse($"the size of tensor {Quote(name)} {shape} in bytes overflows 64 bits");
        if (begin > end) throw Refuse($"the data_offsets of tensor {Quote(name)} are reversed: begin {begin} exceeds end {end}");
        var info = new TensorInfo(name, type, shape);
        if (shape.ElementCount % type.BlockLength() != 0) throw Refuse($"tensor {Quote(name)} {shape} of {type.Name()} does not fill whole bytes");
        if (end - begin != info.ByteLength)
            throw Refuse($"tensor {Quote(name)} {shape} of {type.Name()} takes {info.ByteLength:N0} bytes; its data_offsets span {end - begin:N0}");
        tensors.Add((info, begin, end));
    }

    // The data has to be covered exactly: every byte belongs to one tensor. A conversion may leave out what follows the last one.
    private void CheckLayout(long dataLength, bool allowTrailingBytes)
    {
        tensors.Sort(static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long position = 0;
        foreach ((TensorInfo info, long begin, long end) in tensors)
        {
            if (end > dataLength)
                throw Refuse($"the data of tensor {Quote(info.Name)} ends at byte {end:N0}, past the end of the {dataLength:N0} bytes of data",
                    truncated: true);
            if (begin < position) throw Refuse($"the data of tensor {Quote(info.Name)} overlaps that of another tensor");
            if (begin > position) throw Refuse($"the data has a hole: {begin - position:N0} bytes before tensor {Quote(info.Name)} belong to no tensor");
            position = end;
        }
        TrailingBytes = dataLength - position;
        if (TrailingBytes > 0 && !allowTrailingBytes)
            throw new LatentSharpException(ErrorKind.BadInput, path,
                $"not a valid safetensors file: {TrailingBytes:N0} trailing bytes after the last tensor belong to no tensor. Every tensor is whole.",
                "Convert the file: the result has its tensors alone.");
    }

    private LatentSharpException Refuse(string rule, bool truncated = false, Exception? inner = null)
        => new(ErrorKind.BadInput, path, $"not a valid safetensors file: {rule}.",
        truncated ? "The file is cut short; fetch it again and compare its size with the published one."
        : "The file is damaged or was not written as safetensors; fetch it again or ask its author.", inner);

    internal static string Quote(string name) => $"'{TensorNames.Printable(name)}'";

    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
