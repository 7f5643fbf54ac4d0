namespace LatentSharp.Graph.Onnx;

/// <summary>How the operations of transformers are said in ONNX operators. Values are [1, positions, C].</summary>
internal static class OnnxSequenceOperations
{
    // Gemm takes the weights as they are stored, [out, in]; MatMul would need them turned.
    public static string Linear(OnnxGraphWriter onnx, Linear l, string x)
    {
        long from = l.FirstRow, to = l.FirstRow + l.Rows, positions = l.Shape.Positions;
        string weight = onnx.Weight(l.Weight, l.Weight.Shape[0], l.Source.Shape.Channels);
        string? bias = l.Bias is null ? null : onnx.Weight(l.Bias, l.Weight.Shape[0]);
        if (!l.IsWhole)
        {
            weight = onnx.Slice(l.Name + ".rows", weight, axis: 0, from, to);
            if (bias is not null) bias = onnx.Slice(l.Name + ".offsets", bias, axis: 0, from, to);
        }
        string flat = onnx.Node("Reshape", l.Name + ".flat", [x, onnx.Constant(positions, (long)l.Source.Shape.Channels)]);
        string product = onnx.Node("Gemm", l.Name + ".product", bias is null ? [flat, weight] : [flat, weight, bias], ("transB", 1L));
        return onnx.Node("Reshape", l.Name, [product, onnx.Constant(1, positions, l.Shape.Channels)]);
    }

    public static string LayerNorm(OnnxGraphWriter onnx, LayerNorm n, string x)
    {
        int channels = n.Shape.Channels;
        string[] inputs = n.Weight is null || n.Bias is null ? [x, onnx.Constant(1f, channels)]
            : [x, onnx.Weight(n.Weight, channels), onnx.Weight(n.Bias, channels)];
        return onnx.Node("LayerNormalization", n.Name, inputs, ("axis", -1L), ("epsilon", n.Epsilon));
    }

    public static string RmsNorm(OnnxGraphWriter onnx, RmsNorm n, string x)
    {
        int channels = n.Shape.Channels, size = n.GroupChannels;
        string groups = onnx.Node("Reshape", n.Name + ".groups", [x, onnx.Constant(1, n.Shape.Positions, channels / size, size)]);
        string square = onnx.Node("Mul", n.Name + ".square", [groups, groups]);
        string mean = onnx.Node("ReduceMean", n.Name + ".mean", [square], ("axes", new long[] { 3 }), ("keepdims", 1L));
        string root = onnx.Node("Sqrt", n.Name + ".root", [onnx.Node("Add", n.Name + ".offset", [mean, onnx.Constant(n.Epsilon, 0)])]);
        string scaled = onnx.Node("Mul", n.Name + ".scaled",
            [onnx.Node("Div", n.Name + ".normal", [groups, root]), onnx.Weight(n.Weight, size)]);
        if (n.Bias is not null) scaled = onnx.Node("Add", n.Name + ".shifted", [scaled, onnx.Weight(n.Bias, size)]);
        return onnx.Node("Reshape", n.Name, [scaled, onnx.Constant(1, n.Shape.Positions, channels)]);
    }

    public static string RotaryTable(OnnxGraphWriter onnx, RotaryTable r, string ids)
    {
        var angles = new List<string>();
        foreach (IGrouping<int, (int Axis, double Frequency)> pairs in r.Pairs.GroupBy(p => p.Axis))
        {
            string positions = onnx.Slice($"{r.Name}.axis{pairs.Key}", ids, axis: 2, pairs.Key, pairs.Key + 1);
            angles.Add(onnx.Node("Mul", $"{r.Name}.angles{pairs.Key}",
                [positions, onnx.Constant([.. pairs.Select(p => (float)p.Frequency)])]));
        }
        return CosinesAndSines(onnx, r.Name, onnx.Node("Concat", r.Name + ".angles", [.. angles], ("axis", 2L)));
    }

    public static string Rope(OnnxGraphWriter onnx, Rope r, string[] values)
    {
        long positions = r.Shape.Positions, channels = r.Shape.Channels, pairs = r.HeadChannels / 2;
        string x = onnx.Node("Reshape", r.Name + ".pairs", [values[0], onnx.Constant(1, positions, channels / r.HeadChannels, pairs, 2)]);
        string x0 = onnx.Slice(r.Name + ".x0", x, axis: 4, 0, 1), x1 = onnx.Slice(r.Name + ".x1", x, axis: 4, 1, 2);
        string cos = Half("cos", 0), sin = Half("sin", pairs);
        string y0 = onnx.Node("Sub", r.Name + ".y0", [Times("x0cos", x0, cos), Times("x1sin", x1, sin)]);
        string y1 = onnx.Node("Add", r.Name + ".y1", [Times("x0sin", x0, sin), Times("x1cos", x1, cos)]);
        return onnx.Node("Reshape", r.Name,
            [onnx.Node("Concat", r.Name + ".turned", [y0, y1], ("axis", 4L)), onnx.Constant(1, positions, channels)]);

        string Half(string name, long first)
            => onnx.Node("Reshape", $"{r.Name}.{name}",
                [onnx.Slice($"{r.Name}.{name}s", values[1], axis: 2, first, first + pairs), onnx.Constant(1, positions, 1, pairs, 1)]);

        string Times(string name, string a, string b) => onnx.Node("Mul", $"{r.Name}.{name}", [a, b]);
    }

    public static string Embedding(OnnxGraphWriter onnx, Embedding e, string ids)
    {
        string rows = onnx.Node("Reshape", e.Name + ".rows", [Whole(onnx, e.Name, ids), onnx.Constant(1L, e.Shape.Positions)]);
        return onnx.Node("Gather", e.Name, [onnx.Weight(e.Weight, e.Weight.Shape[0], e.Shape.Channels), rows], ("axis", 0L));
    }

    public static string Parameter(OnnxGraphWriter onnx, Parameter p) => onnx.Weight(p.Weight, 1, p.Shape.Positions, p.Shape.Channels);

    public static string SinusoidalEmbedding(OnnxGraphWriter onnx, SinusoidalEmbedding e, string x)
    {
        string scaled = onnx.Node("Mul", e.Name + ".scaled", [x, onnx.Constant(e.Factor, 0)]);
        return CosinesAndSines(onnx, e.Name, onnx.Node("Mul", e.Name + ".angles", [scaled, onnx.Constant([.. e.Frequencies])]));
    }

    public static string RelativeBias(OnnxGraphWriter onnx, RelativeBias b)
    {
        (int heads, int queries, int keys) = b.Shape;
        var buckets = new long[queries * keys];
        for (int i = 0; i < buckets.Length; i++) buckets[i] = b.Bucket(i % keys - i / keys);
        string rows = onnx.Node("Gather", b.Name + ".rows", [onnx.Weight(b.Weight, b.Weight.Shape[0], heads), onnx.Constant(buckets)],
            ("axis", 0L));
        string turned = onnx.Node("Transpose", b.Name + ".heads", [rows], ("perm", new long[] { 1, 0 }));
        return onnx.Node("Reshape", b.Name, [turned, onnx.Constant(1, (long)heads * queries, keys)]);
    }

    public static string TokenOfText(OnnxGraphWriter onnx, TokenOfText t, string[] values)
    {
        string ids = t.End is not { } end ? values[1]
            : onnx.Node("Cast", t.Name + ".ends", [onnx.Node("Equal", t.Name + ".is", [values[1], onnx.Constant((float)end, 0)])],
                ("to", 1L)); // FLOAT
        string largest = onnx.Node("ArgMax", t.Name + ".largest", [ids], ("axis", 1L), ("keepdims", 0L));
        string place = onnx.Node("Reshape", t.Name + ".place", [largest, onnx.Constant(1L)]);
        return onnx.Node("Gather", t.Name, [values[0], place], ("axis", 1L));
    }

    public static string Attention(OnnxGraphWriter onnx, Attention a, string[] values)
    {
        int heads = a.Form.Heads;
        long queries = a.Query.Shape.Positions, keys = a.Key.Shape.Positions;
        string q = Heads("q", values[0], a.Query.Shape, [0, 2, 1, 3]), k = Heads("k", values[1], a.Key.Shape, [0, 2, 3, 1]),
            v = Heads("v", values[2], a.Value.Shape, [0, 2, 1, 3]);
        string scores = onnx.Node("MatMul", a.Name + ".scores", [onnx.Node("Mul", a.Name + ".scaled", [q, onnx.Constant(a.Scale, 0)]), k]);
        if (a.Bias is not null)
            scores = onnx.Node("Add", a.Name + ".biased",
                [scores, onnx.Node("Reshape", a.Name + ".bias", [values[3], onnx.Constant(1, heads, queries, keys)])]);
        if (a.Form.Causal)
        {
            var mask = new float[queries * keys];
            for (int i = 0; i < mask.Length; i++) mask[i] = i % keys > i / keys ? float.MinValue / 2 : 0;
            string square = onnx.Node("Reshape", a.Name + ".mask", [onnx.Constant(mask), onnx.Constant(1, 1, queries, keys)]);
            scores = onnx.Node("Add", a.Name + ".masked", [scores, square]);
        }
        string mixed = onnx.Node("MatMul", a.Name + ".sum", [onnx.Node("Softmax", a.Name + ".weights", [scores], ("axis", -1L)), v]);
        return onnx.Node("Reshape", a.Name,
            [onnx.Node("Transpose", a.Name + ".mixed", [mixed], ("perm", new long[] { 0, 2, 1, 3 })),
                onnx.Constant(1, queries, a.Shape.Channels)]);

        string Heads(string name, string x, FeatureShape shape, long[] order)
            => onnx.Node("Transpose", $"{a.Name}.{name}",
                [onnx.Node("Reshape", $"{a.Name}.{name}.heads", [x, onnx.Constant(1, shape.Positions, heads, shape.Channels / heads)])],
                ("perm", order));
    }

    private static string CosinesAndSines(OnnxGraphWriter onnx, string name, string angles)
        => onnx.Node("Concat", name, [onnx.Node("Cos", name + ".cos", [angles]), onnx.Node("Sin", name + ".sin", [angles])], ("axis", 2L));

    // INT64.
    private static string Whole(OnnxGraphWriter onnx, string name, string numbers)
        => onnx.Node("Cast", name + ".whole", [numbers], ("to", 7L));
}
