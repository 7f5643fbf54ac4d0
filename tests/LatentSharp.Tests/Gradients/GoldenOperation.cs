using LatentSharp.Graph;
using LatentSharp.Tensors;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Gradients;

/// <summary>How the values of one item of a reference tensor lie.</summary>
internal enum Form
{
    /// <summary>[N, C, H, W]: N pictures.</summary>
    Pictures,
    /// <summary>[N, tokens, C]: N sequences.</summary>
    Sequences,
    /// <summary>[N, heads, tokens, C]: N sequences with the channels of a head beside each other.</summary>
    Heads,
    /// <summary>[N, C]: N rows.</summary>
    Rows,
    /// <summary>[..., C]: one sequence of all vectors.</summary>
    Vectors,
    /// <summary>One sequence of all values, one channel.</summary>
    Values,
}

/// <summary>One single operation of shared/golden/gradients/ops-io: its inputs as nodes, its weights as tensors.</summary>
internal sealed class GoldenOperation(Golden golden, string name)
{
    private readonly MemoryWeights weights = new(name);

    /// <summary>The forms of the inputs.</summary>
    public Dictionary<string, Form> Forms { get; } = [];

    /// <summary>An input.</summary>
    public Node Input(string input, Form form)
    {
        Forms[input] = form;
        FeatureShape shape = ShapeOf(input, form);
        return form == Form.Pictures ? new Input(input, shape) : new Input(input, shape, Layout.ChannelsLast);
    }

    /// <summary>A tensor of the weights, in a shape of its own where one is given.</summary>
    public WeightRef Weight(string tensor, params long[] shape)
    {
        Shape stored = shape.Length > 0 ? new Shape(shape) : golden.ShapeOf($"{name}.{tensor}");
        weights.Add(tensor, golden[$"{name}.{tensor}"], [.. stored.Dimensions]);
        return new WeightRef(weights, weights.Tensors[tensor], stored);
    }

    /// <summary>How many items a tensor has.</summary>
    public int Items(string tensor, Form form) => form is Form.Vectors or Form.Values ? 1 : (int)golden.ShapeOf($"{name}.{tensor}")[0];

    /// <summary>One item as a caller of a graph gives it.</summary>
    public float[] Item(string tensor, Form form, int item)
    {
        float[] all = golden[$"{name}.{tensor}"];
        int size = all.Length / Items(tensor, form);
        float[] values = all[(item * size)..((item + 1) * size)];
        if (form != Form.Heads) return values;
        Shape shape = golden.ShapeOf($"{name}.{tensor}");
        (int heads, int tokens, int channels) = ((int)shape[1], (int)shape[2], (int)shape[3]);
        return [.. Enumerable.Range(0, values.Length).Select(i =>
            values[(i / channels % heads * tokens + i / channels / heads) * channels + i % channels])];
    }

    /// <summary>The shape of one item.</summary>
    public FeatureShape ShapeOf(string tensor, Form form)
    {
        int[] s = [.. golden.ShapeOf($"{name}.{tensor}").Dimensions.Select(d => (int)d)];
        return form switch
        {
            Form.Pictures => new FeatureShape(s[2], s[3], s[1]),
            Form.Sequences => FeatureShape.Sequence(s[1], s[2]),
            Form.Heads => FeatureShape.Sequence(s[2], s[1] * s[3]),
            Form.Rows => FeatureShape.Sequence(1, s[1]),
            Form.Vectors => FeatureShape.Sequence(s[..^1].Aggregate((a, b) => a * b), s[^1]),
            _ => FeatureShape.Sequence(s.Aggregate((a, b) => a * b), 1),
        };
    }
}
