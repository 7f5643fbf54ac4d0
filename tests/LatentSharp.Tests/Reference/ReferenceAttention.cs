using LatentSharp.Graph;

namespace LatentSharp.Tests.Reference;

/// <summary>Attention from its definition: every query sees all keys, one complete row of weights at a time.</summary>
internal static class ReferenceAttention
{
    public static double[] Softmax(Attention node, Func<Node, double[]> result)
    {
        double[] query = result(node.Query), key = result(node.Key), value = result(node.Value);
        double[]? bias = node.Bias is null ? null : result(node.Bias);
        int queries = (int)node.Query.Shape.Positions, keys = (int)node.Key.Shape.Positions, heads = node.Form.Heads;
        int from = node.Query.Shape.Channels, to = node.Shape.Channels, d = from / heads, e = to / heads;
        double scale = node.Form.Scale ?? 1 / Math.Sqrt(d);
        var values = new double[node.Shape.Count];
        Parallel.For(0, queries, q =>
        {
            var weights = new double[keys];
            for (int h = 0; h < heads; h++)
            {
                for (int k = 0; k < keys; k++)
                {
                    double dot = 0;
                    for (int c = 0; c < d; c++) dot += query[q * from + h * d + c] * key[k * from + h * d + c];
                    weights[k] = node.Form.Causal && k > q ? double.NegativeInfinity
                        : dot * scale + (bias?[(h * queries + q) * keys + k] ?? 0);
                }
                double largest = weights.Max(), sum = 0;
                for (int k = 0; k < keys; k++) sum += weights[k] = Math.Exp(weights[k] - largest);
                for (int k = 0; k < keys; k++)
                    for (int c = 0; c < e; c++) values[q * to + h * e + c] += weights[k] / sum * value[k * to + h * e + c];
            }
        });
        return values;
    }

    // In the quadratic form, position by position, so that it shares nothing with the linear one that is tested.
    public static double[] ReluLinear(ReluLinearAttention node, double[] source)
    {
        int n = (int)node.Shape.Positions, d = node.HeadChannels, from = node.Source.Shape.Channels, to = node.Shape.Channels;
        var values = new double[node.Shape.Count];
        Parallel.For(0, n, q =>
        {
            for (int g = 0; g < to / d; g++)
            {
                double sum = ReluLinearAttention.Epsilon;
                for (int k = 0; k < n; k++)
                {
                    double weight = 0;
                    for (int c = 0; c < d; c++)
                        weight += Math.Max(0, source[q * from + g * 3 * d + c]) * Math.Max(0, source[k * from + (g * 3 + 1) * d + c]);
                    sum += weight;
                    for (int c = 0; c < d; c++) values[q * to + g * d + c] += weight * source[k * from + (g * 3 + 2) * d + c];
                }
                for (int c = 0; c < d; c++) values[q * to + g * d + c] /= sum;
            }
        });
        return values;
    }
}
