using System.Collections.Concurrent;
using LatentSharp.Graph;

namespace LatentSharp.Tests.Reference;

/// <summary>
/// Evaluates a graph in float64 with direct loops, one node after the other, sharing nothing with the engine under test.
/// Values are kept channels-last; input, output and trace are [C, H, W] of one picture, as for the engine.
/// </summary>
internal static class ReferenceExecutor
{
    /// <summary>The result of a graph with one input and one output.</summary>
    /// <param name="graph">What to evaluate.</param>
    /// <param name="input">The values of the input, in its layout.</param>
    /// <param name="trace">Is given every node with its result, [C, H, W], in the order of evaluation.</param>
    public static double[] Run(NetworkGraph graph, ReadOnlySpan<float> input, Action<Node, double[]>? trace = null)
        => Run(graph, new Dictionary<string, float[]> { [graph.Inputs.Single().Name] = input.ToArray() },
            trace)[graph.Outputs.Single().Name];

    /// <summary>The results of a graph by name, each in the layout of its output.</summary>
    public static Dictionary<string, double[]> Run(NetworkGraph graph, IReadOnlyDictionary<string, float[]> inputs,
        Action<Node, double[]>? trace = null)
    {
        var results = new Dictionary<Node, double[]>();
        var outputs = new Dictionary<string, double[]>();
        Dictionary<Node, int> users = graph.Nodes.SelectMany(n => n.Inputs).GroupBy(n => n).ToDictionary(g => g.Key, g => g.Count());
        foreach (Node node in graph.Nodes)
        {
            results[node] = node switch
            {
                Input i => Given(i, inputs[i.Name]),
                Output o => results[o.Source],
                _ => Evaluate(node, n => results[n]),
            };
            if (node is Output output)
                outputs[output.Name] = output.Layout == Layout.ChannelsFirst ? ToPlanes(results[node], node.Shape) : results[node];
            trace?.Invoke(node, ToPlanes(results[node], node.Shape));
            foreach (Node source in node.Inputs)
                if (--users[source] == 0) results.Remove(source);
        }
        return outputs;
    }

    private static double[] Given(Input input, float[] values)
    {
        if (values.Length != input.Shape.Count)
            throw new ArgumentException($"the input {input} has {input.Shape.Count} values, not {values.Length}");
        return input.Layout == Layout.ChannelsFirst ? ToChannelsLast(values, input.Shape) : Array.ConvertAll(values, v => (double)v);
    }

    private static double[] Evaluate(Node node, Func<Node, double[]> result) => node switch
    {
        Conv2d n => ReferenceConvolution.Run(n, result(n.Source)),
        GroupNorm n => ReferenceNormalisation.GroupNorm(n, result(n.Source)),
        Activation n => Map(result(n.Source), n.Kind switch
        {
            ActivationKind.SiLU => x => x / (1 + Math.Exp(-x)),
            ActivationKind.ReLU => x => Math.Max(x, 0),
            ActivationKind.TanhClamp3 => x => 3 * Math.Tanh(x / 3),
            ActivationKind.Gelu => x => 0.5 * x * Erfc(-x / Math.Sqrt(2)),
            ActivationKind.GeluTanh => x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
            ActivationKind.QuickGelu => x => x / (1 + Math.Exp(-1.702 * x)),
            _ => throw new NotSupportedException(n.ToString()),
        }),
        Add n => Sum(result(n.Left), result(n.Right)),
        Upsample2x n => Gather(n.Shape, (y, x, c) => result(n.Source)[((y / 2 * n.Source.Shape.Width) + (x / 2)) * n.Shape.Channels + c]),
        Attention n => ReferenceAttention.Softmax(n, result),
        RmsNorm n => ReferenceNormalisation.RmsNorm(n, result(n.Source)),
        L2Norm n => ReferenceNormalisation.L2Norm(n, result(n.Source)),
        BatchNorm n => ReferenceNormalisation.BatchNorm(n, result(n.Source)),
        ReluLinearAttention n => ReferenceAttention.ReluLinear(n, result(n.Source)),
        _ => ReferenceSequence.Evaluate(node, result) ?? ReferenceGradients.Evaluate(node, result)
            ?? ReferenceRearrangement.Evaluate(node, result) ?? Expanded(node, result),
    };

    // What an operation expands into reads the same inputs, whose results are known already.
    private static double[] Expanded(Node node, Func<Node, double[]> result)
    {
        Node simpler = node.Expand() ?? throw new NotSupportedException($"the reference executor does not know {node}");
        var inner = new Dictionary<Node, double[]>();
        foreach (Node input in node.Inputs) inner[input] = result(input);
        return Value(simpler);

        double[] Value(Node n)
        {
            if (!inner.TryGetValue(n, out double[]? known)) inner[n] = known = Evaluate(n, Value);
            return known;
        }
    }

    // The complementary error function by its Taylor series near 0 and by Lentz's continued fraction elsewhere; both to the last digits of
    // float64.
    internal static double Erfc(double x)
    {
        if (x < 0) return 2 - Erfc(-x);
        if (x < 2)
        {
            double sum = x, term = x;
            for (int n = 1; Math.Abs(term) > 1e-18; n++) sum += (term *= -x * x / n) / (2 * n + 1);
            return 1 - 2 / Math.Sqrt(Math.PI) * sum;
        }
        double fraction = 0;
        for (int n = 200; n > 0; n--) fraction = n / 2.0 / (x + fraction);
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (x + fraction);
    }

    private static double[] Map(double[] source, Func<double, double> function)
    {
        var values = new double[source.Length];
        Parallel.ForEach(Partitioner.Create(0, source.Length), range =>
        {
            for (int i = range.Item1; i < range.Item2; i++) values[i] = function(source[i]);
        });
        return values;
    }

    private static double[] Sum(double[] left, double[] right)
    {
        var values = new double[left.Length];
        for (int i = 0; i < values.Length; i++) values[i] = left[i] + right[i % right.Length];
        return values;
    }

    /// <summary>A result whose value at (row, column, channel) is given by a function.</summary>
    internal static double[] Gather(FeatureShape shape, Func<int, int, int, double> value)
    {
        var values = new double[shape.Count];
        Parallel.For(0, shape.Height, y =>
        {
            for (int x = 0; x < shape.Width; x++)
                for (int c = 0; c < shape.Channels; c++)
                    values[(y * shape.Width + x) * shape.Channels + c] = value(y, x, c);
        });
        return values;
    }

    private static double[] ToChannelsLast(ReadOnlySpan<float> planes, FeatureShape shape)
    {
        var values = new double[shape.Count];
        int positions = (int)shape.Positions;
        for (int c = 0; c < shape.Channels; c++)
            for (int p = 0; p < positions; p++)
                values[p * shape.Channels + c] = planes[c * positions + p];
        return values;
    }

    private static double[] ToPlanes(double[] values, FeatureShape shape)
    {
        var planes = new double[shape.Count];
        int positions = (int)shape.Positions;
        for (int c = 0; c < shape.Channels; c++)
            for (int p = 0; p < positions; p++)
                planes[c * positions + p] = values[p * shape.Channels + c];
        return planes;
    }
}
