using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using Axis = LatentSharp.Graph.Axis;

namespace LatentSharp.Tests.Reference;

/// <summary>The nodes of losses and of reverse passes from their definitions, in float64.</summary>
internal static class ReferenceGradients
{
    public static double[]? Evaluate(Node node, Func<Node, double[]> result) => node switch
    {
        Pointwise n => Each(result(n.Source), x => Value(n.Function, x)),
        SumOfPositions n => Sum(n, result(n.Source)),
        Spread n => Tiled(n, result(n.Row)),
        ActivationGradient n => Each(result(n.Gradient), result(n.Value), (dy, x) => dy * Slope(n.Kind, x)),
        PointwiseGradient n => Each(result(n.Gradient), result(n.Value), (dy, x) => dy * Slope(n.Function, x)),
        GroupNormGradient n => GroupNorm(n, result(n.Gradient), result(n.Source)),
        VectorNormGradient n => Vectors(n, result(n.Gradient), result(n.Source)),
        WeightGradient n => Weight(n, result(n.Gradient), result(n.Source)),
        EmbeddingGradient n => Embedding(n, result(n.Gradient), result(n.Ids)),
        UpsampleGradient or Dilate or Placed => Moved(node, result(node.Inputs[0])),
        MaxPool n => Pooled(n, result(n.Source)),
        MaxPoolGradient n => ToLargest(n, result(n.Gradient), result(n.Source)),
        TokenOfTextGradient n => Token(n, result(n.Gradient), result(n.Ids)),
        RelativeBiasGradient n => RelativeBias(n, result(n.Gradient)),
        ReluLinearAttentionGradient n => ReferenceAttentionGradient.ReluLinear(n, result(n.Gradient), result(n.Source)),
        AttentionGradient n => ReferenceAttentionGradient.Evaluate(n, result),
        _ => null,
    };

    private static double[] Each(double[] source, Func<double, double> function) => Array.ConvertAll(source, x => function(x));

    private static double[] Each(double[] left, double[] right, Func<double, double, double> function)
        => [.. left.Zip(right, function)];

    private static double[] Tiled(Spread node, double[] row)
    {
        var values = new double[node.Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = row[i % row.Length];
        return values;
    }

    private static double[] Sum(SumOfPositions node, double[] source)
    {
        var sums = new double[node.Shape.Channels];
        for (int i = 0; i < source.Length; i++) sums[i % sums.Length] += source[i];
        return sums;
    }

    private static double Value(PointFunction f, double x) => f.Kind switch
    {
        PointFunctionKind.Affine => f.A * x + f.B,
        PointFunctionKind.Abs => Math.Abs(x),
        PointFunctionKind.Square => x * x,
        PointFunctionKind.Exp => Math.Exp(f.A * x),
        PointFunctionKind.Clamp => Math.Clamp(x, f.A, f.B),
        PointFunctionKind.Charbonnier => Math.Sqrt(x * x + (double)f.A * f.A),
        PointFunctionKind.Huber => Math.Abs(x) < f.A ? x * x / (2 * f.A) : Math.Abs(x) - f.A / 2,
        PointFunctionKind.Reciprocal => 1 / x,
        PointFunctionKind.Power => Math.Pow(x, f.A),
        _ => throw new NotSupportedException(f.ToString()),
    };

    private static double Slope(PointFunction f, double x) => f.Kind switch
    {
        PointFunctionKind.Abs => Math.Sign(x),
        PointFunctionKind.Square => 2 * x,
        PointFunctionKind.Exp => f.A * Math.Exp(f.A * x),
        PointFunctionKind.Clamp => x >= f.A && x <= f.B ? 1 : 0,
        PointFunctionKind.Charbonnier => x / Math.Sqrt(x * x + (double)f.A * f.A),
        PointFunctionKind.Huber => Math.Clamp(x / f.A, -1, 1),
        PointFunctionKind.Reciprocal => -1 / (x * x),
        PointFunctionKind.Power => f.A * Math.Pow(x, f.A - 1),
        _ => throw new NotSupportedException(f.ToString()),
    };

    // Of ReLU and the clamp x is the result: see ActivationGradient.
    private static double Slope(ActivationKind kind, double x)
    {
        double tanh = Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x));
        return kind switch
        {
            ActivationKind.SiLU => Sigmoid(x) * (1 + x * (1 - Sigmoid(x))),
            ActivationKind.ReLU => x > 0 ? 1 : 0,
            ActivationKind.TanhClamp3 => 1 - x / 3 * (x / 3),
            ActivationKind.Gelu => 0.5 * ReferenceExecutor.Erfc(-x / Math.Sqrt(2)) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI),
            ActivationKind.GeluTanh => 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * Math.Sqrt(2 / Math.PI) * (1 + 0.134145 * x * x),
            ActivationKind.QuickGelu => Sigmoid(1.702 * x) * (1 + 1.702 * x * (1 - Sigmoid(1.702 * x))),
            _ => throw new NotSupportedException(kind.ToString()),
        };
    }

    private static double Sigmoid(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));

    private static double[] GroupNorm(GroupNormGradient node, double[] g, double[] x)
    {
        int channels = node.Shape.Channels, size = channels / node.Groups;
        var values = new double[x.Length];
        for (int group = 0; group < node.Groups; group++)
        {
            int[] of = [.. Enumerable.Range(0, x.Length).Where(i => i % channels / size == group)];
            double mean = of.Average(i => x[i]), inverse = 1 / Math.Sqrt(of.Average(i => (x[i] - mean) * (x[i] - mean)) + node.Epsilon);
            double all = of.Average(i => g[i]), along = of.Average(i => g[i] * (x[i] - mean) * inverse);
            foreach (int i in of) values[i] = inverse * (g[i] - all - (x[i] - mean) * inverse * along);
        }
        return values;
    }

    private static double[] Vectors(VectorNormGradient node, double[] g, double[] x)
    {
        int n = node.Size;
        var values = new double[x.Length];
        for (int first = 0; first < x.Length; first += n)
        {
            double[] v = x[first..(first + n)], d = g[first..(first + n)];
            double mean = node.Norm == VectorNorm.Layer ? v.Average() : 0, length = Math.Sqrt(v.Sum(a => a * a));
            bool isShort = node.Norm == VectorNorm.Length && length < node.Epsilon;
            double inverse = node.Norm == VectorNorm.Length ? Math.Sqrt(n) / Math.Max(length, node.Epsilon)
                : 1 / Math.Sqrt(v.Average(a => (a - mean) * (a - mean)) + node.Epsilon);
            double all = node.Norm == VectorNorm.Layer ? d.Average() : 0;
            double along = isShort ? 0 : d.Zip(v, (a, b) => a * (b - mean) * inverse).Average();
            for (int c = 0; c < n; c++) values[first + c] = inverse * (d[c] - all - (v[c] - mean) * inverse * along);
        }
        return values;
    }

    private static double[] Weight(WeightGradient node, double[] dy, double[] x)
    {
        (FeatureShape to, FeatureShape from, Window w) = (node.Gradient.Shape, node.Source.Shape, node.Window);
        int inner = from.Channels / w.Groups, outer = to.Channels / w.Groups, taps = w.Height * w.Width;
        var values = new double[node.Shape.Count];
        Parallel.For(0, to.Channels, o =>
        {
            for (int c = 0; c < inner; c++)
                for (int t = 0; t < taps; t++)
                {
                    double sum = 0;
                    for (int y = 0; y < to.Height; y++)
                        for (int column = 0; column < to.Width; column++)
                        {
                            int row = y * w.Stride + t / w.Width - w.Padding.Top, at = column * w.Stride + t % w.Width - w.Padding.Left;
                            if ((uint)row >= (uint)from.Height || (uint)at >= (uint)from.Width) continue;
                            sum += dy[(y * to.Width + column) * to.Channels + o]
                                * x[(row * from.Width + at) * from.Channels + o / outer * inner + c];
                        }
                    values[(o * inner + c) * taps + t] = sum;
                }
        });
        return values;
    }

    private static double[] Embedding(EmbeddingGradient node, double[] dy, double[] ids)
    {
        int channels = node.Shape.Channels;
        var values = new double[node.Shape.Count];
        for (int i = 0; i < dy.Length; i++) values[(int)ids[i / channels] * channels + i % channels] += dy[i];
        return values;
    }

    private static double[] Token(TokenOfTextGradient node, double[] dy, double[] ids)
    {
        var values = new double[node.Shape.Count];
        dy.CopyTo(values, Math.Max(0, Array.IndexOf(ids, node.End ?? ids.Max())) * node.Shape.Channels);
        return values;
    }

    private static double[] RelativeBias(RelativeBiasGradient node, double[] dy)
    {
        (int heads, int tokens, _) = node.Gradient.Shape;
        var values = new double[node.Shape.Count];
        for (int i = 0; i < dy.Length; i++)
            values[node.Bias.Bucket(i % tokens - i / tokens % tokens) * heads + i / tokens / tokens] += dy[i];
        return values;
    }

    private static double[] Moved(Node node, double[] source)
    {
        FeatureShape from = node.Inputs[0].Shape;
        return ReferenceExecutor.Gather(node.Shape, (y, x, c) => node switch
        {
            UpsampleGradient => At(2 * y, 2 * x, c) + At(2 * y, 2 * x + 1, c) + At(2 * y + 1, 2 * x, c) + At(2 * y + 1, 2 * x + 1, c),
            Dilate n => y % n.Step == 0 && x % n.Step == 0 ? At(y / n.Step, x / n.Step, c) : 0,
            Placed { Axis: Axis.Channels } n => At(y, x, c - n.First),
            Placed n => At(y, x - n.First, c),
            _ => throw new NotSupportedException(node.ToString()),
        });

        double At(int y, int x, int c) => (uint)x >= (uint)from.Width || (uint)c >= (uint)from.Channels ? 0
            : source[(y * from.Width + x) * from.Channels + c];
    }

    private static double[] Pooled(MaxPool node, double[] x)
        => ReferenceExecutor.Gather(node.Shape,
            (y, column, c) => x[Largest(x, node.Source.Shape, node.Size, node.Stride * y, node.Stride * column, c)]);

    private static double[] ToLargest(MaxPoolGradient node, double[] dy, double[] x)
    {
        FeatureShape to = node.Gradient.Shape;
        var values = new double[x.Length];
        for (int i = 0; i < dy.Length; i++)
        {
            int row = i / to.Channels / to.Width, column = i / to.Channels % to.Width;
            values[Largest(x, node.Shape, node.Size, node.Stride * row, node.Stride * column, i % to.Channels)] += dy[i];
        }
        return values;
    }

    // Where the first of the largest values of a window stands.
    private static int Largest(double[] x, FeatureShape shape, int size, int top, int left, int channel)
        => Enumerable.Range(0, size * size).Select(i => ((top + i / size) * shape.Width + left + i % size) * shape.Channels + channel)
            .MaxBy(i => x[i]);
}
