using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Tests.Reference;

/// <summary>Gradients of attention with the whole matrix of weights of each head, in float64.</summary>
internal static class ReferenceAttentionGradient
{
    public static double[] Evaluate(AttentionGradient node, Func<Node, double[]> result)
    {
        int heads = node.Form.Heads, queries = (int)node.Query.Shape.Positions, keys = (int)node.Key.Shape.Positions;
        double[] bias = node.Bias is null ? new double[(long)heads * queries * keys] : result(node.Bias);
        var values = new double[node.Shape.Count];
        for (int h = 0; h < heads; h++)
        {
            double[][] q = Head(node.Query, h), k = Head(node.Key, h), v = Head(node.Value, h), dy = Head(node.Gradient, h);
            var p = new double[queries][];
            var ds = new double[queries][];
            for (int i = 0; i < queries; i++)
            {
                double[] s = [.. Enumerable.Range(0, keys).Select(j => node.Form.Causal && j > i ? double.NegativeInfinity
                    : node.Scale * Dot(q[i], k[j]) + bias[(h * queries + i) * keys + j])];
                double sum = s.Sum(a => Math.Exp(a - s.Max()));
                p[i] = [.. s.Select(a => Math.Exp(a - s.Max()) / sum)];
                double[] dp = [.. v.Select(row => Dot(dy[i], row))];
                double all = Dot(p[i], dp);
                ds[i] = [.. dp.Select((d, j) => node.Scale * p[i][j] * (d - all))];
            }
            (int count, Func<int, int, double> value) = node.Part switch
            {
                AttentionPart.Query => (queries, (i, c) => Enumerable.Range(0, keys).Sum(j => ds[i][j] * k[j][c])),
                AttentionPart.Bias => (0, (Func<int, int, double>)((_, _) => 0)),
                AttentionPart.Key => (keys, (j, c) => Enumerable.Range(0, queries).Sum(i => ds[i][j] * q[i][c])),
                _ => (keys, (Func<int, int, double>)((j, c) => Enumerable.Range(0, queries).Sum(i => p[i][j] * dy[i][c]))),
            };
            if (node.Part == AttentionPart.Bias)
                for (int i = 0; i < queries; i++)
                    for (int j = 0; j < keys; j++) values[(h * queries + i) * keys + j] = ds[i][j] / node.Scale;
            int channels = node.Shape.Channels, d = channels / heads, head = h;
            Parallel.For(0, count, at =>
            {
                for (int c = 0; c < d; c++) values[at * channels + head * d + c] = value(at, c);
            });
        }
        return values;

        double[][] Head(Node source, int h)
        {
            double[] all = result(source);
            int channels = source.Shape.Channels, d = channels / heads;
            return [.. Enumerable.Range(0, (int)source.Shape.Positions)
                .Select(i => all[(i * channels + h * d)..(i * channels + (h + 1) * d)])];
        }
    }

    /// <summary>ReLU linear attention with all weights A = relu(q) . relu(k) of each head written out.</summary>
    public static double[] ReluLinear(ReluLinearAttentionGradient node, double[] dy, double[] source)
    {
        int n = (int)node.Shape.Positions, d = node.HeadChannels, from = node.Shape.Channels, to = node.Gradient.Shape.Channels;
        var values = new double[node.Shape.Count];
        for (int g = 0; g < to / d; g++)
        {
            double[][] q = Part(0), k = Part(1), v = Part(2);
            for (int i = 0; i < n; i++)
            {
                double[] given = dy[(i * to + g * d)..(i * to + (g + 1) * d)];
                double[] a = [.. k.Select(key => Dot(Positive(q[i]), Positive(key)))], along = [.. v.Select(value => Dot(given, value))];
                double sum = a.Sum() + ReluLinearAttention.Epsilon, mean = Dot(a, along) / sum;
                for (int j = 0; j < n; j++)
                    for (int c = 0; c < d; c++)
                    {
                        double slope = (along[j] - mean) / sum;
                        if (q[i][c] > 0) values[i * from + g * 3 * d + c] += slope * Math.Max(0, k[j][c]);
                        if (k[j][c] > 0) values[j * from + (g * 3 + 1) * d + c] += slope * Math.Max(0, q[i][c]);
                        values[j * from + (g * 3 + 2) * d + c] += a[j] / sum * given[c];
                    }
            }

            double[][] Part(int part) => [.. Enumerable.Range(0, n)
                .Select(i => source[(i * from + (g * 3 + part) * d)..(i * from + (g * 3 + part + 1) * d)])];
        }
        return values;

        static double[] Positive(double[] x) => Array.ConvertAll(x, a => Math.Max(0, a));
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
