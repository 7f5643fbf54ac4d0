using LatentSharp.Graph;

namespace LatentSharp.Tests.Reference;

/// <summary>Normalisations from their definitions, two passes in float64.</summary>
internal static class ReferenceNormalisation
{
    public static double[] GroupNorm(GroupNorm node, double[] source)
    {
        int channels = node.Shape.Channels, size = channels / node.Groups, positions = (int)node.Shape.Positions;
        float[] weight = node.Weight.Read(), bias = node.Bias.Read();
        var values = new double[source.Length];
        Parallel.For(0, node.Groups, g =>
        {
            double sum = 0, squares = 0;
            for (int p = 0; p < positions; p++)
                for (int c = g * size; c < (g + 1) * size; c++) sum += source[p * channels + c];
            double mean = sum / ((double)positions * size);
            for (int p = 0; p < positions; p++)
                for (int c = g * size; c < (g + 1) * size; c++)
                    squares += (source[p * channels + c] - mean) * (source[p * channels + c] - mean);
            double inverse = 1 / Math.Sqrt(squares / ((double)positions * size) + node.Epsilon);
            for (int p = 0; p < positions; p++)
                for (int c = g * size; c < (g + 1) * size; c++)
                    values[p * channels + c] = (source[p * channels + c] - mean) * inverse * weight[c] + bias[c];
        });
        return values;
    }

    public static double[] RmsNorm(RmsNorm node, double[] source)
    {
        int size = node.GroupChannels;
        float[] weight = node.Weight.Read();
        float[]? bias = node.Bias?.Read();
        var values = new double[source.Length];
        for (int g = 0; g < source.Length; g += size)
        {
            double squares = 0;
            for (int c = 0; c < size; c++) squares += source[g + c] * source[g + c];
            double inverse = 1 / Math.Sqrt(squares / size + node.Epsilon);
            for (int c = 0; c < size; c++) values[g + c] = source[g + c] * inverse * weight[c] + (bias?[c] ?? 0);
        }
        return values;
    }

    public static double[] L2Norm(L2Norm node, double[] source)
    {
        int channels = node.Shape.Channels;
        float[] weight = node.Weight.Read();
        var values = new double[source.Length];
        for (int p = 0; p < node.Shape.Positions; p++)
        {
            double squares = 0;
            for (int c = 0; c < channels; c++) squares += source[p * channels + c] * source[p * channels + c];
            double inverse = Math.Sqrt(channels) / Math.Max(Math.Sqrt(squares), 1e-12);
            for (int c = 0; c < channels; c++) values[p * channels + c] = source[p * channels + c] * inverse * weight[c];
        }
        return values;
    }

    public static double[] BatchNorm(BatchNorm node, double[] source)
    {
        int channels = node.Shape.Channels;
        float[] weight = node.Weight.Read(), bias = node.Bias.Read(), mean = node.Mean.Read(), variance = node.Variance.Read();
        var values = new double[source.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int c = i % channels;
            values[i] = (source[i] - mean[c]) / Math.Sqrt(variance[c] + (double)node.Epsilon) * weight[c] + bias[c];
        }
        return values;
    }
}
