using LatentSharp.Server.Http;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Server.RemoteVae;

/// <summary>A tensor as the protocol sends it: the raw elements, with their type and shape beside them.</summary>
/// <param name="Type">F32, F16 or BF16.</param>
/// <param name="Shape">Three or four dimensions, each 1 or more.</param>
internal sealed record WireTensor(ElementType Type, IReadOnlyList<int> Shape)
{
    /// <summary>The content type of raw elements.</summary>
    internal const string MediaType = "tensor/binary";

    /// <summary>The header, and the parameter, that names the type of the elements.</summary>
    internal const string DtypeName = "dtype";

    /// <summary>The header, and the parameter, that holds the dimensions.</summary>
    internal const string ShapeName = "shape";

    private static readonly (string Name, ElementType Type)[] Types =
        [("float32", ElementType.F32), ("float16", ElementType.F16), ("bfloat16", ElementType.BF16)];

    /// <summary>How many elements.</summary>
    internal long Count => Shape.Aggregate(1L, (product, d) => product * d);

    /// <summary>How many bytes.</summary>
    internal long Bytes => Count * Type.BlockBytes();

    /// <summary>What messages call it.</summary>
    internal string Described => $"a {NameOf(Type)} tensor [{string.Join(", ", Shape)}]";

    /// <summary>The tensor that a query speaks of.</summary>
    /// <exception cref="RefusedRequest">Shape or type is missing or is none.</exception>
    internal static WireTensor Of(QueryValues query)
    {
        ElementType type = TypeOf(query) ?? throw QueryValues.Refused(DtypeName, "dtype is missing.", "Give dtype=float32, float16 or bfloat16.");
        IReadOnlyList<string> given = query.All(ShapeName);
        if (given.Count == 0)
            throw QueryValues.Refused(ShapeName, "shape is missing.", "Give one value for each dimension: shape=1&shape=16&shape=64&shape=64.");
        if (given.Count is not (3 or 4))
            throw QueryValues.Refused(ShapeName, $"A shape of 3 or 4 dimensions is taken; {given.Count} {(given.Count == 1 ? "was" : "were")} given.",
                "Give one value for each dimension: shape=1&shape=16&shape=64&shape=64.");
        var shape = new int[given.Count];
        Int128 count = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            if (QueryValues.Whole(given[i]) is not (>= 1 and <= int.MaxValue and long dimension))
                throw QueryValues.Refused(ShapeName, $"A dimension is a whole number from 1; \"{QueryValues.Shown(given[i])}\" was given.");
            shape[i] = (int)dimension;
            count *= dimension;
        }
        if (count > long.MaxValue / sizeof(float))
            throw QueryValues.Refused(ShapeName, $"A tensor [{string.Join(", ", shape)}] has more elements than can be counted.");
        return new WireTensor(type, shape);
    }

    /// <summary>The type that a query names; null when it names none.</summary>
    internal static ElementType? TypeOf(QueryValues query)
    {
        if (query.Text(DtypeName) is not { } name) return null;
        foreach ((string known, ElementType type) in Types)
            if (name == known || name == "torch." + known) return type;
        throw QueryValues.Refused(DtypeName, $"dtype \"{QueryValues.Shown(name)}\" is not of this protocol.", "Send float32, float16 or bfloat16.");
    }

    /// <summary>What the protocol calls a type.</summary>
    internal static string NameOf(ElementType type) => Types.First(t => t.Type == type).Name;

    /// <summary>The elements as numbers.</summary>
    internal float[] Values(ReadOnlySpan<byte> bytes)
    {
        var values = new float[Count];
        Widening.ToSingle(Type, bytes, values);
        return values;
    }

    /// <summary>Numbers as elements: themselves where they are of the type.</summary>
    internal static ReadOnlyMemory<byte> ToBytes(ElementType type, float[] values)
    {
        if (type == ElementType.F32 && BitConverter.IsLittleEndian) return new FloatElements(values).Memory;
        var bytes = new byte[values.Length * type.BlockBytes()];
        Narrowing.FromSingle(type, values, bytes);
        return bytes;
    }
}
