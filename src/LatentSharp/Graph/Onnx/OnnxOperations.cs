namespace LatentSharp.Graph.Onnx;

/// <summary>How each operation of a network is said in ONNX operators.</summary>
internal static class OnnxOperations
{
    private static readonly Dictionary<Type, Action<OnnxGraphWriter, Node, OnnxValues>> Sayings = Table(
        Planes<Conv2d>(Convolution),
        Planes<GroupNorm>(Normalisation),
        Planes<Upsample2x>(Enlarge),
        Either<RmsNorm>((onnx, n, values, layout) => layout == Layout.ChannelsFirst ? OnnxChannelOperations.RmsNorm(onnx, n, values[0])
            : OnnxSequenceOperations.RmsNorm(onnx, n, values[0])),
        Planes<L2Norm>(OnnxChannelOperations.L2Norm),
        Planes<SelectChannels>(OnnxChannelOperations.Select),
        Planes<BatchNorm>(OnnxChannelOperations.BatchNorm),
        Planes<GatedSiLU>(OnnxChannelOperations.GatedSiLU),
        Planes<RepeatChannels>(OnnxChannelOperations.Repeat),
        Planes<MeanOfChannels>(OnnxChannelOperations.Mean),
        Planes<PixelShuffle2x>(OnnxChannelOperations.Shuffle),
        Planes<PixelUnshuffle2x>(OnnxChannelOperations.Unshuffle),
        Planes<ReluLinearAttention>(OnnxChannelOperations.LinearAttention),
        Either<Activation>((onnx, a, values, _) => Activate(onnx, a, values[0])),
        Either<Add>((onnx, s, values, _) => onnx.Node("Add", s.Name, values)),
        Either<Multiply>((onnx, m, values, _) => onnx.Node("Mul", m.Name, values)),
        Either<Concat>((onnx, c, values, layout) => onnx.Node("Concat", c.Name, values, ("axis", AlongAxis(c.Axis, layout)))),
        Either<Slice>((onnx, s, values, layout) => onnx.Slice(s.Name, values[0], AlongAxis(s.Axis, layout), s.First, s.First + s.Count)),
        Either<Attention>(
            (onnx, a, values, layout) => layout == Layout.ChannelsFirst ? Attend(onnx, a, values)
            : OnnxSequenceOperations.Attention(onnx, a, values)),
        Rows<Linear>((onnx, l, values) => OnnxSequenceOperations.Linear(onnx, l, values[0])),
        Rows<LayerNorm>((onnx, n, values) => OnnxSequenceOperations.LayerNorm(onnx, n, values[0])),
        Rows<RotaryTable>((onnx, r, values) => OnnxSequenceOperations.RotaryTable(onnx, r, values[0])),
        Rows<Rope>(OnnxSequenceOperations.Rope),
        Rows<Embedding>((onnx, e, values) => OnnxSequenceOperations.Embedding(onnx, e, values[0])),
        Rows<Parameter>((onnx, p, _) => OnnxSequenceOperations.Parameter(onnx, p)),
        Rows<SinusoidalEmbedding>((onnx, e, values) => OnnxSequenceOperations.SinusoidalEmbedding(onnx, e, values[0])),
        Rows<RelativeBias>((onnx, b, _) => OnnxSequenceOperations.RelativeBias(onnx, b)),
        Rows<TokenOfText>(OnnxSequenceOperations.TokenOfText));

    /// <summary>Whether the operation can be said in ONNX operators as it is.</summary>
    public static bool Knows(Node node) => Sayings.ContainsKey(node.GetType());

    /// <summary>Adds the operators of <paramref name="node"/> and notes the name of its result.</summary>
    public static void Add(OnnxGraphWriter onnx, Node node, OnnxValues values) => Sayings[node.GetType()](onnx, node, values);

    private static Dictionary<Type, Action<OnnxGraphWriter, Node, OnnxValues>> Table(
        params ReadOnlySpan<(Type, Action<OnnxGraphWriter, Node, OnnxValues>)> entries)
    {
        var table = new Dictionary<Type, Action<OnnxGraphWriter, Node, OnnxValues>>();
        foreach ((Type type, Action<OnnxGraphWriter, Node, OnnxValues> say) in entries) table.Add(type, say);
        return table;
    }

    // An operation of one input, on values [1, C, H, W].
    private static (Type, Action<OnnxGraphWriter, Node, OnnxValues>) Planes<T>(Func<OnnxGraphWriter, T, string, string> say) where T : Node
        => In<T>((_, _) => Layout.ChannelsFirst, (onnx, node, values, _) => say(onnx, node, values[0]));

    // On values [1, positions, C].
    private static (Type, Action<OnnxGraphWriter, Node, OnnxValues>) Rows<T>(Func<OnnxGraphWriter, T, string[], string> say) where T : Node
        => In<T>((_, _) => Layout.ChannelsLast, (onnx, node, values, _) => say(onnx, node, values));

    // On values as they are, pictures or sequences, if it can be said on pictures at all.
    private static (Type, Action<OnnxGraphWriter, Node, OnnxValues>) Either<T>(Func<OnnxGraphWriter, T, string[], Layout, string> say)
        where T : Node
        => In<T>((node, values) => NeedsRows(node) ? Layout.ChannelsLast : values.Of(node.Inputs[0]), say);

    private static bool NeedsRows(Node node) => node switch
    {
        RmsNorm n => n.GroupChannels != n.Shape.Channels,
        Attention a => a.Bias is not null || a.Form != new AttentionForm() || a.Key.Shape != a.Query.Shape,
        Concat { Axis: Axis.Tokens } or Slice { Axis: Axis.Tokens } => true,
        _ => false,
    };

    private static long AlongAxis(Axis axis, Layout layout) => axis == Axis.Tokens || layout == Layout.ChannelsFirst ? 1 : 2;

    private static (Type, Action<OnnxGraphWriter, Node, OnnxValues>) In<T>(Func<T, OnnxValues, Layout> choose,
        Func<OnnxGraphWriter, T, string[], Layout, string> say) where T : Node
        => (typeof(T), (onnx, node, values) =>
        {
            Layout layout = choose((T)node, values);
            string[] inputs = [.. node.Inputs.Select(n => values.In(n, layout))];
            values.Set(node, layout, say(onnx, (T)node, inputs, layout));
        }
    );

    private static string Convolution(OnnxGraphWriter onnx, Conv2d c, string x)
    {
        string weight = onnx.Weight(c.Weight, c.Shape.Channels, c.Source.Shape.Channels / c.Groups, c.KernelHeight, c.KernelWidth);
        string[] inputs = c.Bias is null ? [x, weight] : [x, weight, onnx.Weight(c.Bias, c.Shape.Channels)];
        return onnx.Node("Conv", c.Name, inputs,
            ("kernel_shape", new long[] { c.KernelHeight, c.KernelWidth }),
            ("strides", new long[] { c.Stride, c.Stride }),
            ("pads", new long[] { c.Padding.Top, c.Padding.Left, c.Padding.Bottom, c.Padding.Right }),
            ("group", (long)c.Groups));
    }

    // One row per group is normalised by InstanceNormalization, as PyTorch's exporter writes it: the form that ONNX Runtime recognises and
    // runs fastest.
    private static string Normalisation(OnnxGraphWriter onnx, GroupNorm n, string x)
    {
        (int height, int width, int channels) = n.Shape;
        string groups = onnx.Node("Reshape", n.Name + ".groups", [x, onnx.Constant(1, n.Groups, -1)]);
        string normal = onnx.Node("InstanceNormalization", n.Name + ".normal",
            [groups, onnx.Constant(1f, n.Groups), onnx.Constant(0f, n.Groups)], ("epsilon", n.Epsilon));
        string image = onnx.Node("Reshape", n.Name + ".image", [normal, onnx.Constant(1, channels, height, width)]);
        string scaled = onnx.Node("Mul", n.Name + ".scaled", [image, onnx.Weight(n.Weight, channels, 1, 1)]);
        return onnx.Node("Add", n.Name, [scaled, onnx.Weight(n.Bias, channels, 1, 1)]);
    }

    private static string Activate(OnnxGraphWriter onnx, Activation a, string x) => a.Kind switch
    {
        ActivationKind.SiLU => onnx.Node("Mul", a.Name, [x, onnx.Node("Sigmoid", a.Name + ".sigmoid", [x])]),
        ActivationKind.ReLU => onnx.Node("Relu", a.Name, [x]),
        ActivationKind.TanhClamp3 => onnx.Node("Mul", a.Name,
            [onnx.Node("Tanh", a.Name + ".tanh", [onnx.Node("Div", a.Name + ".third", [x, onnx.Constant(3f, 0)])]), onnx.Constant(3f, 0)]),
        ActivationKind.Gelu =>
            onnx.Node("Mul", a.Name,
                [Half(onnx, a, x),
                    OnePlus(onnx, a,
                        onnx.Node("Erf", a.Name + ".erf", [onnx.Node("Mul", a.Name + ".root", [x, onnx.Constant(MathF.Sqrt(0.5f), 0)])]))]),
        ActivationKind.GeluTanh =>
            onnx.Node("Mul", a.Name, [Half(onnx, a, x), OnePlus(onnx, a, onnx.Node("Tanh", a.Name + ".tanh", [Cubic(onnx, a, x)]))]),
        ActivationKind.QuickGelu =>
            onnx.Node("Mul", a.Name,
                [x, onnx.Node("Sigmoid", a.Name + ".sigmoid", [onnx.Node("Mul", a.Name + ".scaled", [x, onnx.Constant(1.702f, 0)])])]),
        _ => throw new LatentSharpException(ErrorKind.BadInput, a.Name, $"the activation {a.Kind} cannot be written as ONNX."),
    };

    private static string Half(OnnxGraphWriter onnx, Activation a, string x)
        => onnx.Node("Mul", a.Name + ".half", [x, onnx.Constant(0.5f, 0)]);

    private static string OnePlus(OnnxGraphWriter onnx, Activation a, string x)
        => onnx.Node("Add", a.Name + ".twice", [x, onnx.Constant(1f, 0)]);

    // sqrt(2 / pi) (x + 0.044715 x^3)
    private static string Cubic(OnnxGraphWriter onnx, Activation a, string x)
    {
        string cube = onnx.Node("Mul", a.Name + ".cube",
            [onnx.Node("Mul", a.Name + ".square", [x, x]), onnx.Node("Mul", a.Name + ".small", [x, onnx.Constant(0.044715f, 0)])]);
        return onnx.Node("Mul", a.Name + ".inner", [onnx.Node("Add", a.Name + ".sum", [x, cube]), onnx.Constant(0.79788456f, 0)]);
    }

    private static string Enlarge(OnnxGraphWriter onnx, Upsample2x u, string x)
        => onnx.Node("Resize", u.Name, [x, "", onnx.Constant([1f, 1f, 2f, 2f])],
            ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));

    private static string Attend(OnnxGraphWriter onnx, Attention a, string[] values)
    {
        (string query, string key, string value) = (values[0], values[1], values[2]);
        (int height, int width, int channels) = a.Shape;
        long[] lastTwo = [0, 2, 1];
        string rows = onnx.Constant(1, channels, height * width);
        string scaled = onnx.Node("Mul", a.Name + ".scaled",
            [onnx.Node("Reshape", a.Name + ".q", [query, rows]), onnx.Constant(1f / MathF.Sqrt(channels), 0)]);
        string q = onnx.Node("Transpose", a.Name + ".qt", [scaled], ("perm", lastTwo));
        string k = onnx.Node("Reshape", a.Name + ".k", [key, rows]);
        string v = onnx.Node("Transpose", a.Name + ".vt", [onnx.Node("Reshape", a.Name + ".v", [value, rows])], ("perm", lastTwo));
        string weights = onnx.Node("Softmax", a.Name + ".weights", [onnx.Node("MatMul", a.Name + ".scores", [q, k])], ("axis", -1L));
        string mixed = onnx.Node("Transpose", a.Name + ".mixed", [onnx.Node("MatMul", a.Name + ".sum", [weights, v])], ("perm", lastTwo));
        return onnx.Node("Reshape", a.Name, [mixed, onnx.Constant(1, channels, height, width)]);
    }
}
