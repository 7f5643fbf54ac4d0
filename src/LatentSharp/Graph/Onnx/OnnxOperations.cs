namespace LatentSharp.Graph.Onnx;

/// <summary>How each operation of a network is said in ONNX operators. Values are [1, C, H, W].</summary>
internal static class OnnxOperations
{
    /// <summary>Adds the operators of <paramref name="node"/> and returns the name of its result.</summary>
    public static string Add(OnnxGraphWriter onnx, Node node, Func<Node, string> value) => node switch
    {
        Conv2d c => Convolution(onnx, c, value(c.Source)),
        GroupNorm n => Normalisation(onnx, n, value(n.Source)),
        Activation a => Activate(onnx, a, value(a.Source)),
        Add s => onnx.Node("Add", s.Name, [value(s.Left), value(s.Right)]),
        Upsample2x u => Enlarge(onnx, u, value(u.Source)),
        Attention a => Attend(onnx, a, value(a.Query), value(a.Key), value(a.Value)),
        RmsNorm n => OnnxChannelOperations.RmsNorm(onnx, n, value(n.Source)),
        BatchNorm n => OnnxChannelOperations.BatchNorm(onnx, n, value(n.Source)),
        Concat c => onnx.Node("Concat", c.Name, [.. c.Parts.Select(value)], ("axis", 1L)),
        GatedSiLU g => OnnxChannelOperations.GatedSiLU(onnx, g, value(g.Source)),
        RepeatChannels r => OnnxChannelOperations.Repeat(onnx, r, value(r.Source)),
        MeanOfChannels m => OnnxChannelOperations.Mean(onnx, m, value(m.Source)),
        PixelShuffle2x s => OnnxChannelOperations.Shuffle(onnx, s, value(s.Source)),
        PixelUnshuffle2x u => OnnxChannelOperations.Unshuffle(onnx, u, value(u.Source)),
        ReluLinearAttention a => OnnxChannelOperations.LinearAttention(onnx, a, value(a.Source)),
        _ => throw new LatentSharpException(ErrorKind.BadInput, node.Name, $"the operation {node.Operation} cannot be written as ONNX yet."),
    };

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

    // One row per group is normalised by InstanceNormalization, as PyTorch's exporter writes it: the form that ONNX Runtime recognises and runs fastest.
    private static string Normalisation(OnnxGraphWriter onnx, GroupNorm n, string x)
    {
        (int height, int width, int channels) = n.Shape;
        string groups = onnx.Node("Reshape", n.Name + ".groups", [x, onnx.Constant(1, n.Groups, -1)]);
        string normal = onnx.Node("InstanceNormalization", n.Name + ".normal", [groups, onnx.Constant(1f, n.Groups), onnx.Constant(0f, n.Groups)], ("epsilon", n.Epsilon));
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
        _ => throw new LatentSharpException(ErrorKind.BadInput, a.Name, $"the activation {a.Kind} cannot be written as ONNX yet."),
    };

    private static string Enlarge(OnnxGraphWriter onnx, Upsample2x u, string x)
        => onnx.Node("Resize", u.Name, [x, "", onnx.Constant([1f, 1f, 2f, 2f])],
            ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));

    private static string Attend(OnnxGraphWriter onnx, Attention a, string query, string key, string value)
    {
        (int height, int width, int channels) = a.Shape;
        long[] lastTwo = [0, 2, 1];
        string rows = onnx.Constant(1, channels, height * width);
        string scaled = onnx.Node("Mul", a.Name + ".scaled", [onnx.Node("Reshape", a.Name + ".q", [query, rows]), onnx.Constant(1f / MathF.Sqrt(channels), 0)]);
        string q = onnx.Node("Transpose", a.Name + ".qt", [scaled], ("perm", lastTwo));
        string k = onnx.Node("Reshape", a.Name + ".k", [key, rows]);
        string v = onnx.Node("Transpose", a.Name + ".vt", [onnx.Node("Reshape", a.Name + ".v", [value, rows])], ("perm", lastTwo));
        string weights = onnx.Node("Softmax", a.Name + ".weights", [onnx.Node("MatMul", a.Name + ".scores", [q, k])], ("axis", -1L));
        string mixed = onnx.Node("Transpose", a.Name + ".mixed", [onnx.Node("MatMul", a.Name + ".sum", [weights, v])], ("perm", lastTwo));
        return onnx.Node("Reshape", a.Name, [mixed, onnx.Constant(1, channels, height, width)]);
    }
}
