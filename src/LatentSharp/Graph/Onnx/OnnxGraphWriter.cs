using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Graph.Onnx;

/// <summary>
/// Collects the nodes and initialisers of one ONNX graph and writes the model. Field numbers are those of <c>onnx.proto</c> (ONNX 1.16).
/// </summary>
internal sealed class OnnxGraphWriter(OnnxWeightStore weights)
{
    /// <summary>
    /// The version of the operator set: 17 has everything that the graphs use, and it is the newest whose <c>Resize</c> ONNX Runtime keeps
    /// in its blocked channel layout; with 18 and later each enlargement costs two reorderings of the whole tensor.
    /// </summary>
    public const int OperatorSet = 17;

    private const int IrVersion = 8;
    private const int TypeFloat = 1, TypeInt64 = 7;
    private const int AttributeFloat = 1, AttributeInteger = 2, AttributeText = 3, AttributeIntegers = 7;

    private readonly ProtobufWriter graph = new();
    private readonly Dictionary<string, string> constants = new(StringComparer.Ordinal);
    private readonly Dictionary<(WeightSource, string Name, string Dimensions), string> initialisers = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    /// <summary>A name that no other value of the graph has: <paramref name="wanted"/>, or with a number behind it.</summary>
    public string Unique(string wanted)
    {
        string name = wanted;
        for (int i = 2; !names.Add(name); i++) name = $"{wanted}.{i}";
        return name;
    }

    /// <summary>Adds an operation and returns the name of its only result.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="name">The name wanted for the node and its result.</param>
    /// <param name="inputs">The values it reads; an empty name leaves an optional input out.</param>
    /// <param name="attributes">Float, int, string or long[] values by attribute name.</param>
    public string Node(string operation, string name, ReadOnlySpan<string> inputs,
        params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string result = Unique(name);
        Append(operation, result, inputs, attributes);
        return result;
    }

    /// <summary>The part of a value from <paramref name="from"/> to before <paramref name="to"/> along one of its dimensions.</summary>
    public string Slice(string name, string value, long axis, long from, long to)
        => Node("Slice", name, [value, Constant(from), Constant(to), Constant(axis)]);

    /// <summary>Gives <paramref name="value"/> the reserved name <paramref name="result"/> as well.</summary>
    public void Alias(string value, string result) => Append("Identity", result, [value]);

    private void Append(string operation, string result, ReadOnlySpan<string> inputs,
        params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = new ProtobufWriter();
        foreach (string input in inputs) node.Text(1, input);
        node.Text(2, result);
        node.Text(3, result);
        node.Text(4, operation);
        foreach ((string attribute, object value) in attributes) node.Message(5, a => Attribute(a, attribute, value));
        graph.Bytes(1, node.Written);
    }

    /// <summary>A weight as float32 under the dimensions given, whatever type it is stored in.</summary>
    public string Weight(WeightRef weight, params ReadOnlySpan<long> dimensions)
    {
        var key = (weight.Source, weight.Name, string.Join(',', dimensions.ToArray()));
        if (initialisers.TryGetValue(key, out string? known)) return known;

        (ElementType type, StoredRange range) = weights.Place(weight);
        string name = Unique(weight.Name);
        ProtobufWriter tensor = Tensor(name, DataType(type), dimensions);
        External(tensor, weights.Location(range), range);
        graph.Bytes(5, tensor.Written);
        string value = type == ElementType.F32 ? name : Node("Cast", name + ".float", [name], ("to", (long)TypeFloat));
        return initialisers[key] = value;
    }

    /// <summary>A constant list of integers: a shape.</summary>
    public string Constant(params ReadOnlySpan<long> values)
    {
        string key = "i " + string.Join(',', values.ToArray());
        if (constants.TryGetValue(key, out string? known)) return known;
        var bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return Embed(key, "shape", TypeInt64, bytes, values.Length);
    }

    /// <summary>A constant vector of <paramref name="count"/> equal numbers; a scalar for a count of 0.</summary>
    public string Constant(float value, int count)
    {
        string key = $"f {BitConverter.SingleToInt32Bits(value)} {count}";
        if (constants.TryGetValue(key, out string? known)) return known;
        var values = new float[Math.Max(count, 1)];
        Array.Fill(values, value);
        return Embed(key, "constant", TypeFloat, MemoryMarshal.AsBytes(values.AsSpan()), count == 0 ? [] : [count]);
    }

    /// <summary>A constant vector of numbers.</summary>
    public string Constant(float[] values)
        => Embed($"v {string.Join(',', values)}", "constant", TypeFloat, MemoryMarshal.AsBytes(values.AsSpan()), values.Length);

    /// <summary>The whole model as bytes, with float inputs and outputs of the given dimensions.</summary>
    public ReadOnlySpan<byte> Finish(string name, IEnumerable<(string Name, long[] Dimensions)> inputs,
        IEnumerable<(string Name, long[] Dimensions)> outputs)
    {
        graph.Text(2, name);
        foreach ((string input, long[] dimensions) in inputs) graph.Message(11, v => Value(v, input, dimensions));
        foreach ((string output, long[] dimensions) in outputs) graph.Message(12, v => Value(v, output, dimensions));

        var model = new ProtobufWriter();
        model.Integer(1, IrVersion);
        model.Text(2, "LatentSharp");
        model.Bytes(7, graph.Written);
        model.Message(8, set => set.Integer(2, OperatorSet));
        return model.Written;
    }

    private string Embed(string key, string name, int type, ReadOnlySpan<byte> values, params ReadOnlySpan<long> dimensions)
    {
        if (constants.TryGetValue(key, out string? known)) return known;
        string result = Unique(name);
        ProtobufWriter tensor = Tensor(result, type, dimensions);
        tensor.Bytes(9, values);
        graph.Bytes(5, tensor.Written);
        return constants[key] = result;
    }

    private static ProtobufWriter Tensor(string name, int type, ReadOnlySpan<long> dimensions)
    {
        var tensor = new ProtobufWriter();
        foreach (long d in dimensions) tensor.Integer(1, d);
        tensor.Integer(2, type);
        tensor.Text(8, name);
        return tensor;
    }

    private static void External(ProtobufWriter tensor, string location, StoredRange range)
    {
        Entry("location", location);
        Entry("offset", range.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Entry("length", range.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        tensor.Integer(14, 1); // data_location = EXTERNAL

        void Entry(string key, string value) => tensor.Message(13, e =>
        {
            e.Text(1, key);
            e.Text(2, value);
        });
    }

    private static void Attribute(ProtobufWriter attribute, string name, object value)
    {
        attribute.Text(1, name);
        switch (value)
        {
            case float f:
                attribute.Float(2, f);
                attribute.Integer(20, AttributeFloat);
                break;
            case long i:
                attribute.Integer(3, i);
                attribute.Integer(20, AttributeInteger);
                break;
            case string s:
                attribute.Text(4, s);
                attribute.Integer(20, AttributeText);
                break;
            case long[] list:
                foreach (long i in list) attribute.Integer(8, i);
                attribute.Integer(20, AttributeIntegers);
                break;
            default:
                throw new ArgumentException($"an attribute of type {value.GetType().Name}", nameof(value));
        }
    }

    private static void Value(ProtobufWriter value, string name, long[] dimensions)
    {
        value.Text(1, name);
        value.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Integer(1, TypeFloat);
            tensor.Message(2, shape =>
            {
                foreach (long d in dimensions) shape.Message(1, dimension => dimension.Integer(1, d));
            });
        }));
    }

    private static int DataType(ElementType type) => type switch
    {
        ElementType.F32 => TypeFloat,
        ElementType.F16 => 10,
        ElementType.F64 => 11,
        ElementType.BF16 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type that the weight store hands out"),
    };
}
