using System.Numerics;
using LatentSharp.Graph;

namespace LatentSharp.Tests.Reference;

/// <summary>
/// Convolution from its definition: for every output position, tap and input channel, one row of weights is added to all output channels of
/// the group.
/// </summary>
internal static class ReferenceConvolution
{
    public static double[] Run(Conv2d node, double[] source)
    {
        FeatureShape from = node.Source.Shape, to = node.Shape;
        int inner = from.Channels / node.Groups, outer = to.Channels / node.Groups;
        double[] weight = TapsFirst(node, inner, outer);
        double[]? bias = node.Bias is null ? null : Array.ConvertAll(node.Bias.Read(), v => (double)v);
        var values = new double[to.Count];
        Parallel.For(0, to.Height, y =>
        {
            for (int x = 0; x < to.Width; x++)
            {
                Span<double> all = values.AsSpan((y * to.Width + x) * to.Channels, to.Channels);
                bias?.CopyTo(all);
                for (int ky = 0; ky < node.KernelHeight; ky++)
                {
                    int row = y * node.Stride + ky - node.Padding.Top;
                    if ((uint)row >= (uint)from.Height) continue;
                    for (int kx = 0; kx < node.KernelWidth; kx++)
                    {
                        int column = x * node.Stride + kx - node.Padding.Left;
                        if ((uint)column >= (uint)from.Width) continue;
                        int pixel = (row * from.Width + column) * from.Channels;
                        int tap = (ky * node.KernelWidth + kx) * from.Channels;
                        for (int c = 0; c < from.Channels; c++)
                            AddScaled(all.Slice(c / inner * outer, outer), source[pixel + c], weight.AsSpan((tap + c) * outer, outer));
                    }
                }
            }
        });
        return values;
    }

    // [out, in / groups, kh, kw] as stored becomes [kh, kw, in, out / groups].
    private static double[] TapsFirst(Conv2d node, int inner, int outer)
    {
        float[] stored = node.Weight.Read();
        int taps = node.KernelHeight * node.KernelWidth, channels = inner * node.Groups;
        var values = new double[stored.Length];
        for (int o = 0; o < node.Shape.Channels; o++)
            for (int i = 0; i < inner; i++)
                for (int t = 0; t < taps; t++)
                    values[(t * channels + (o / outer * inner) + i) * outer + (o % outer)] = stored[(o * inner + i) * taps + t];
        return values;
    }

    private static void AddScaled(Span<double> sum, double factor, ReadOnlySpan<double> row)
    {
        int i = 0;
        var broadcast = new Vector<double>(factor);
        for (; i <= sum.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(sum[i..]) + (broadcast * new Vector<double>(row[i..]))).CopyTo(sum[i..]);
        for (; i < sum.Length; i++) sum[i] += factor * row[i];
    }
}
