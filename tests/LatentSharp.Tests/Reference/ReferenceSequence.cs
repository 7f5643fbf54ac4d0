using LatentSharp.Graph;
using Axis = LatentSharp.Graph.Axis;

namespace LatentSharp.Tests.Reference;

/// <summary>The operations of transformers from their definitions, in float64.</summary>
internal static class ReferenceSequence
{
    public static double[]? Evaluate(Node node, Func<Node, double[]> result) => node switch
    {
        Linear n => Linear(n, result(n.Source)),
        LayerNorm n => LayerNorm(n, result(n.Source)),
        Multiply n => Values(n, i => result(n.Left)[i] * result(n.Right)[n.IsRow ? i % n.Shape.Channels : i]),
        Modulate n => Values(n,
            i => result(n.Source)[i] * (1 + result(n.Scale)[i % n.Shape.Channels]) + result(n.Shift)[i % n.Shape.Channels]),
        Gate n => Values(n, i => result(n.Source)[i] + result(n.Factor)[i % n.Shape.Channels] * result(n.Change)[i]),
        RotaryTable n => RotaryTable(n, result(n.Ids)),
        Rope n => Rope(n, result(n.Source), result(n.Table)),
        Embedding n => Rows(n, result(n.Ids).Select(id => (int)id), n.Weight.Read()),
        Parameter n => Array.ConvertAll(n.Weight.Read(), v => (double)v),
        SinusoidalEmbedding n => Sinusoid(n, result(n.Source)),
        RelativeBias n => RelativeBias(n),
        TokenOfText n => Token(n, result(n.Source), Math.Max(0, Array.IndexOf(result(n.Ids), n.End ?? result(n.Ids).Max()))),
        Slice { Axis: Axis.Channels } n => Values(n, i => result(n.Source)[i / n.Count * n.Source.Shape.Channels + n.First + i % n.Count]),
        Slice n => Values(n, i => result(n.Source)[n.First * n.Shape.Channels + i]),
        Concat { Axis: Axis.Tokens } n => [.. n.Parts.SelectMany(result)],
        _ => null,
    };

    private static double[] Values(Node node, Func<int, double> value)
    {
        var values = new double[node.Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = value(i);
        return values;
    }

    private static double[] Linear(Linear node, double[] source)
    {
        int inputs = node.Source.Shape.Channels, outputs = node.Shape.Channels;
        float[] weight = node.Weight.Read();
        float[]? bias = node.Bias?.Read();
        var values = new double[node.Shape.Count];
        Parallel.For(0, (int)node.Shape.Positions, p =>
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = bias?[node.FirstRow + o] ?? 0;
                for (int i = 0; i < inputs; i++) sum += source[p * inputs + i] * weight[(node.FirstRow + o) * inputs + i];
                values[p * outputs + o] = sum;
            }
        });
        return values;
    }

    private static double[] LayerNorm(LayerNorm node, double[] source)
    {
        int channels = node.Shape.Channels;
        float[]? weight = node.Weight?.Read(), bias = node.Bias?.Read();
        var values = new double[source.Length];
        for (int p = 0; p < source.Length; p += channels)
        {
            double mean = source[p..(p + channels)].Average(), variance = source[p..(p + channels)].Average(v => (v - mean) * (v - mean));
            for (int c = 0; c < channels; c++)
                values[p + c] = (source[p + c] - mean) / Math.Sqrt(variance + node.Epsilon) * (weight?[c] ?? 1) + (bias?[c] ?? 0);
        }
        return values;
    }

    private static double[] RotaryTable(RotaryTable node, double[] ids)
    {
        int axes = node.Axes.Length, pairs = node.Shape.Channels / 2;
        return Values(node, i =>
        {
            int token = i / node.Shape.Channels, c = i % node.Shape.Channels, pair = c % pairs, axis = 0;
            while (pair >= node.Axes[axis] / 2) pair -= node.Axes[axis++] / 2;
            double angle = ids[token * axes + axis] / Math.Pow(node.Theta, 2.0 * pair / node.Axes[axis]);
            return c < pairs ? Math.Cos(angle) : Math.Sin(angle);
        });
    }

    private static double[] Rope(Rope node, double[] source, double[] table)
    {
        int head = node.HeadChannels, pairs = head / 2;
        return Values(node, i =>
        {
            int token = i / node.Shape.Channels, pair = i % node.Shape.Channels % head / 2;
            double cos = table[token * head + pair], sin = table[token * head + pairs + pair];
            return i % 2 == 0 ? source[i] * cos - source[i + 1] * sin : source[i - 1] * sin + source[i] * cos;
        });
    }

    // The argument is float32 by definition: see the node.
    private static double[] Sinusoid(SinusoidalEmbedding node, double[] source)
    {
        int half = node.Shape.Channels / 2;
        return Values(node, i =>
        {
            int token = i / node.Shape.Channels, c = i % node.Shape.Channels;
            float exponent = (float)(-(float)Math.Log(node.Period) * (c % half)) / (half - node.Shift);
            float argument = (float)source[token] * node.Factor * (float)Math.Exp(exponent);
            return c < half ? Math.Cos(argument) : Math.Sin(argument);
        });
    }

    private static double[] Rows(Node node, IEnumerable<int> rows, float[] table)
        => [.. rows.SelectMany(r => table.Skip(r * node.Shape.Channels).Take(node.Shape.Channels)).Select(v => (double)v)];

    private static double[] RelativeBias(RelativeBias node)
    {
        float[] table = node.Weight.Read();
        (int heads, int tokens, _) = node.Shape;
        return Values(node, i => table[node.Bucket(i % tokens - i / tokens % tokens) * heads + i / tokens / tokens]);
    }

    private static double[] Token(TokenOfText node, double[] source, int token)
        => source[(token * node.Shape.Channels)..((token + 1) * node.Shape.Channels)];
}
