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
                AttentionPart.Key => (keys, (j, c) => Enumerable.Range(0, queries).Sum(i => ds[i][j] * q[i][c])),
                _ => (keys, (Func<int, int, double>)((j, c) => Enumerable.Range(0, queries).Sum(i => p[i][j] * dy[i][c]))),
            };
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

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
