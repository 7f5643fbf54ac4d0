namespace LatentSharp.Graph.Onnx;

/// <summary>How the operations that work along or rearrange channels are said in ONNX operators. Values are [1, C, H, W].</summary>
internal static class OnnxChannelOperations
{
    public static string RmsNorm(OnnxGraphWriter onnx, RmsNorm n, string x)
    {
        int channels = n.Shape.Channels;
        string square = onnx.Node("Mul", n.Name + ".square", [x, x]);
        string mean = onnx.Node("ReduceMean", n.Name + ".mean", [square], ("axes", new long[] { 1 }), ("keepdims", 1L));
        string root = onnx.Node("Sqrt", n.Name + ".root", [onnx.Node("Add", n.Name + ".offset", [mean, onnx.Constant(n.Epsilon, 0)])]);
        string scaled = onnx.Node("Mul", n.Name + ".scaled",
            [onnx.Node("Div", n.Name + ".normal", [x, root]), onnx.Weight(n.Weight, channels, 1, 1)]);
        return n.Bias is null ? scaled : onnx.Node("Add", n.Name, [scaled, onnx.Weight(n.Bias, channels, 1, 1)]);
    }

    public static string L2Norm(OnnxGraphWriter onnx, L2Norm n, string x)
    {
        int channels = n.Shape.Channels;
        string squares = onnx.Node("ReduceSum", n.Name + ".squares", [onnx.Node("Mul", n.Name + ".square", [x, x]), onnx.Constant(1L)],
            ("keepdims", 1L));
        string length = onnx.Node("Max", n.Name + ".length",
            [onnx.Node("Sqrt", n.Name + ".root", [squares]), onnx.Constant(Graph.L2Norm.Floor, 0)]);
        string full = onnx.Node("Mul", n.Name + ".full",
            [onnx.Node("Div", n.Name + ".unit", [x, length]), onnx.Constant(MathF.Sqrt(channels), 0)]);
        return onnx.Node("Mul", n.Name, [full, onnx.Weight(n.Weight, channels, 1, 1)]);
    }

    // A channel of zeros is put in front where it is asked for, so that the index of "no channel", -1, becomes the first.
    public static string Select(OnnxGraphWriter onnx, SelectChannels s, string x)
    {
        bool zeros = s.Sources.Contains(SelectChannels.Zero);
        if (zeros)
            x = onnx.Node("Concat", s.Name + ".padded",
                [onnx.Node("Mul", s.Name + ".zeros", [onnx.Slice(s.Name + ".first", x, axis: 1, 0, 1), onnx.Constant(0f, 0)]), x],
                ("axis", 1L));
        return onnx.Node("Gather", s.Name, [x, onnx.Constant([.. s.Sources.Select(c => (long)c + (zeros ? 1 : 0))])], ("axis", 1L));
    }

    public static string BatchNorm(OnnxGraphWriter onnx, BatchNorm n, string x)
    {
        int channels = n.Shape.Channels;
        return onnx.Node("BatchNormalization", n.Name,
            [x, onnx.Weight(n.Weight, channels), onnx.Weight(n.Bias, channels), onnx.Weight(n.Mean, channels),
                onnx.Weight(n.Variance, channels)], ("epsilon", n.Epsilon));
    }

    public static string GatedSiLU(OnnxGraphWriter onnx, GatedSiLU g, string x)
    {
        string value = onnx.Slice(g.Name + ".value", x, axis: 1, 0, g.Shape.Channels);
        string gate = onnx.Slice(g.Name + ".in", x, axis: 1, g.Shape.Channels, 2 * g.Shape.Channels);
        return onnx.Node("Mul", g.Name,
            [value, onnx.Node("Mul", g.Name + ".silu", [gate, onnx.Node("Sigmoid", g.Name + ".sigmoid", [gate])])]);
    }

    public static string Repeat(OnnxGraphWriter onnx, RepeatChannels r, string x)
    {
        (int height, int width, int channels) = r.Source.Shape;
        string apart = onnx.Node("Reshape", r.Name + ".apart", [x, onnx.Constant(1, channels, 1, height * width)]);
        string repeated = onnx.Node("Expand", r.Name + ".repeated", [apart, onnx.Constant(1, channels, r.Times, height * width)]);
        return onnx.Node("Reshape", r.Name, [repeated, onnx.Constant(1, r.Shape.Channels, height, width)]);
    }

    public static string Mean(OnnxGraphWriter onnx, MeanOfChannels m, string x)
    {
        (int height, int width, int channels) = m.Shape;
        string groups = onnx.Node("Reshape", m.Name + ".groups", [x, onnx.Constant(1, channels, m.Size, height * width)]);
        string mean = onnx.Node("ReduceMean", m.Name + ".flat", [groups], ("axes", new long[] { 2 }), ("keepdims", 0L));
        return onnx.Node("Reshape", m.Name, [mean, onnx.Constant(1, channels, height, width)]);
    }

    // "CRD" takes the channel apart first and the place in the block last, as torch's pixel_shuffle does.
    public static string Shuffle(OnnxGraphWriter onnx, PixelShuffle2x s, string x)
        => onnx.Node("DepthToSpace", s.Name, [x], ("blocksize", 2L), ("mode", "CRD"));

    // SpaceToDepth puts the place in the block before the channel, which is the other order.
    public static string Unshuffle(OnnxGraphWriter onnx, PixelUnshuffle2x u, string x)
    {
        (int height, int width, int channels) = u.Shape;
        string blocks = onnx.Node("Reshape", u.Name + ".blocks", [x, onnx.Constant(1, channels / 4, height, 2, width, 2)]);
        string turned = onnx.Node("Transpose", u.Name + ".turned", [blocks], ("perm", new long[] { 0, 1, 3, 5, 2, 4 }));
        return onnx.Node("Reshape", u.Name, [turned, onnx.Constant(1, channels, height, width)]);
    }

    // Per head, with positions along the columns: out = (V K^T) Q / (sum over the positions of K^T, times Q).
    public static string LinearAttention(OnnxGraphWriter onnx, ReluLinearAttention a, string x)
    {
        (int height, int width, int channels) = a.Shape;
        int d = a.HeadChannels;
        string heads = onnx.Node("Reshape", a.Name + ".heads", [x, onnx.Constant(1, channels / d, 3 * d, height * width)]);
        string q = onnx.Node("Relu", a.Name + ".q", [onnx.Slice(a.Name + ".qin", heads, axis: 2, 0, d)]);
        string k = onnx.Node("Relu", a.Name + ".k", [onnx.Slice(a.Name + ".kin", heads, axis: 2, d, 2 * d)]);
        string v = onnx.Slice(a.Name + ".v", heads, axis: 2, 2 * d, 3 * d);
        string kt = onnx.Node("Transpose", a.Name + ".kt", [k], ("perm", new long[] { 0, 1, 3, 2 }));
        string mixed = onnx.Node("MatMul", a.Name + ".mixed", [onnx.Node("MatMul", a.Name + ".vk", [v, kt]), q]);
        string keys = onnx.Node("ReduceSum", a.Name + ".keys", [kt, onnx.Constant(2)], ("keepdims", 1L));
        string sum = onnx.Node("Add", a.Name + ".sum",
            [onnx.Node("MatMul", a.Name + ".weights", [keys, q]), onnx.Constant((float)ReluLinearAttention.Epsilon, 0)]);
        return onnx.Node("Reshape", a.Name,
            [onnx.Node("Div", a.Name + ".normal", [mixed, sum]), onnx.Constant(1, channels, height, width)]);
    }
}
