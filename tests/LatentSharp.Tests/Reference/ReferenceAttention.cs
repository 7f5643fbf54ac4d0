using LatentSharp.Graph;

namespace LatentSharp.Tests.Reference;

/// <summary>Attention from its definition: every query sees all keys, one complete row of weights at a time.</summary>
internal static class ReferenceAttention
{
    public static double[] Softmax(FeatureShape shape, double[] query, double[] key, double[] value)
    {
        int n = (int)shape.Positions, channels = shape.Channels;
        double scale = 1 / Math.Sqrt(channels);
        var values = new double[query.Length];
        Parallel.For(0, n, q =>
        {
            var weights = new double[n];
            for (int k = 0; k < n; k++)
            {
                double dot = 0;
                for (int c = 0; c < channels; c++) dot += query[q * channels + c] * key[k * channels + c];
                weights[k] = dot * scale;
            }
            double largest = weights.Max(), sum = 0;
            for (int k = 0; k < n; k++) sum += weights[k] = Math.Exp(weights[k] - largest);
            for (int k = 0; k < n; k++)
                for (int c = 0; c < channels; c++) values[q * channels + c] += weights[k] / sum * value[k * channels + c];
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
                    for (int c = 0; c < d; c++) weight += Math.Max(0, source[q * from + g * 3 * d + c]) * Math.Max(0, source[k * from + (g * 3 + 1) * d + c]);
                    sum += weight;
                    for (int c = 0; c < d; c++) values[q * to + g * d + c] += weight * source[k * from + (g * 3 + 2) * d + c];
                }
                for (int c = 0; c < d; c++) values[q * to + g * d + c] /= sum;
            }
        });
        return values;
    }
}
