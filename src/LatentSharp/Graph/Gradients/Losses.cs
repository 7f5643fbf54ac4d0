using LatentSharp.Weights;

namespace LatentSharp.Graph.Gradients;

/// <summary>
/// Losses as nodes. Every one is a single value; means go over all values of one item. A batch of items has the mean of their losses.
/// </summary>
internal static class Losses
{
    private const int SsimWindow = 11;
    private const double SsimSigma = 1.5;

    /// <summary>The mean of |x - y|.</summary>
    public static Node L1(Node x, Node y) => Mean(Map(Difference(x, y), new(PointFunctionKind.Abs)));

    /// <summary>The mean of (x - y)^2.</summary>
    public static Node MeanSquare(Node x, Node y) => Mean(Map(Difference(x, y), new(PointFunctionKind.Square)));

    /// <summary>The mean of sqrt((x - y)^2 + epsilon^2).</summary>
    public static Node Charbonnier(Node x, Node y, float epsilon = 1e-3f)
        => Mean(Map(Difference(x, y), new(PointFunctionKind.Charbonnier, epsilon)));

    /// <summary>The mean of d^2 / (2 delta) for differences d below delta, and of |d| - delta / 2 above.</summary>
    public static Node Huber(Node x, Node y, float delta) => Mean(Map(Difference(x, y), new(PointFunctionKind.Huber, delta)));

    /// <summary>The mean of |vertical differences of x - y|, plus that of the horizontal ones.</summary>
    public static Node L1OfGradients(Node x, Node y)
    {
        Node d = Difference(x, y);
        return Mean(Map(Filter(d, 2, 1, [-1, 1]), new(PointFunctionKind.Abs)))
            .Plus(Mean(Map(Filter(d, 1, 2, [-1, 1]), new(PointFunctionKind.Abs))), "loss");
    }

    /// <summary>
    /// 1 - SSIM: 11x11 Gaussian of sigma 1.5, whole windows only, C1 = (0.01 range)^2, C2 = (0.03 range)^2, biased variances, the mean over
    /// the map and the channels.
    /// </summary>
    /// <param name="x">A picture.</param>
    /// <param name="y">The other.</param>
    /// <param name="range">The distance from black to white: 1 or 2.</param>
    public static Node Ssim(Node x, Node y, float range)
    {
        float c1 = 0.01f * range * (0.01f * range), c2 = 0.03f * range * (0.03f * range);
        float[] row = Gaussian();
        Node a = Blur(x), b = Blur(y), ab = a.Times(b, "ssim.ab"), aa = a.Times(a, "ssim.aa"), bb = b.Times(b, "ssim.bb");
        Node covariance = Difference(Blur(x.Times(y, "ssim.xy")), ab);
        Node variances = Difference(Blur(x.Times(x, "ssim.xx").Plus(y.Times(y, "ssim.yy"), "ssim.squares")), aa.Plus(bb, "ssim.means"));
        Node above = Affine(ab, 2, c1).Times(Affine(covariance, 2, c2), "ssim.above");
        Node below = Affine(aa.Plus(bb, "ssim.means"), 1, c1).Times(Affine(variances, 1, c2), "ssim.below");
        return Affine(Mean(above.Times(Map(below, new(PointFunctionKind.Reciprocal)), "ssim.map")), -1, 1);

        Node Blur(Node source) => Filter(Filter(source, SsimWindow, 1, row), 1, SsimWindow, row);
    }

    /// <summary>The divergence of a normal distribution from the standard one: the sum of (mean^2 + e^logvar - 1 - logvar) / 2.</summary>
    public static Node KL(Node mean, Node logvar)
    {
        Node each = Difference(Map(mean, new(PointFunctionKind.Square)).Plus(Map(logvar, new(PointFunctionKind.Exp, 1)), "kl.sum"), logvar);
        return Affine(new SumOfPositions("kl", Affine(each, 1, -1), 1), 0.5f, 0);
    }

    /// <summary>The logarithm of a variance within the bounds of the public trainers.</summary>
    public static Node Clamped(Node logvar) => Map(logvar, new(PointFunctionKind.Clamp, -30, 20));

    /// <summary>mean + e^(logvar / 2) noise.</summary>
    public static Node Sample(Node mean, Node logvar, Node noise)
        => mean.Plus(Map(logvar, new(PointFunctionKind.Exp, 0.5f)).Times(noise, "sample.noise"), "sample");

    /// <summary>a x + b.</summary>
    public static Node Affine(Node x, float a, float b) => Map(x, new(PointFunctionKind.Affine, a, b));

    /// <summary>x - y.</summary>
    public static Node Difference(Node x, Node y) => x.Plus(Affine(y, -1, 0), x.Name + ".difference");

    /// <summary>The mean of all values.</summary>
    public static Node Mean(Node x) => Affine(new SumOfPositions(x.Name + ".sum", x, 1), (float)(1.0 / x.Shape.Count), 0);

    /// <summary>A function of every value.</summary>
    public static Pointwise Map(Node x, PointFunction function) => new($"{x.Name}.{function.Kind.ToString().ToLowerInvariant()}", x, function);

    /// <summary>The means of blocks of 2x2; an odd last row or column is left out.</summary>
    public static Node Halved(Node x) => Filter(x, 2, 2, [0.25f, 0.25f, 0.25f, 0.25f], 2);

    /// <summary>A filter over every channel by itself: where it lies inside, or with zeros around the picture.</summary>
    public static Node Filter(Node x, int height, int width, float[] taps, int stride = 1, Padding padding = default)
    {
        int channels = x.Shape.Channels;
        float[] all = [.. Enumerable.Range(0, channels).SelectMany(_ => taps)];
        WeightRef weight = Constants.Tensor("filter", all, channels, 1, height, width);
        return new Conv2d(x.Name + ".filtered", x, weight, null, new Window(height, width, stride, padding, channels));
    }

    /// <summary>The distance of the bands of two pictures, each counted half as much as the finer one.</summary>
    public static Node Pyramid(Node x, Node y)
    {
        const int levels = 3, smallest = 4;
        Node difference = Difference(x, y);
        Node? total = null;
        for (int level = 0; level < levels && Math.Min(difference.Shape.Height, difference.Shape.Width) >= smallest; level++)
        {
            Node coarse = Halved(difference), band = Difference(Even(difference), Enlarged(coarse));
            Node term = Affine(Mean(Map(band, new(PointFunctionKind.Abs))), MathF.ScaleB(1, -level), 0);
            total = total is null ? term : total.Plus(term, "pyramid");
            difference = coarse;
        }
        return total ?? L1(x, y);

        // Without the odd last row and column, which no block of 2x2 has.
        static Node Even(Node x) => x.Shape is { Height: var h, Width: var w } && h % 2 == 0 && w % 2 == 0 ? x
            : Filter(x, 1 + h % 2, 1 + w % 2, [1, .. new float[(1 + h % 2) * (1 + w % 2) - 1]]);
    }

    // Twice as large, by lines between the values; beyond the border they go on. That is a blurred repetition of the values, whose border
    // would be darker by the zeros around it, as a picture of ones shows.
    private static Node Enlarged(Node x)
    {
        Node ones = Affine(x.Upsample2x(), 0, 1);
        return Blurred(x.Upsample2x()).Times(Map(Blurred(ones), new(PointFunctionKind.Reciprocal)), "enlarged");

        static Node Blurred(Node x)
        {
            float[] taps = [0.25f, 0.5f, 0.25f];
            return Filter(Filter(x, 3, 1, taps, padding: new Padding(1, 0, 1, 0)), 1, 3, taps, padding: new Padding(0, 1, 0, 1));
        }
    }

    private static float[] Gaussian()
    {
        double[] values = [.. Enumerable.Range(0, SsimWindow)
            .Select(i => Math.Exp(-(i - SsimWindow / 2) * (i - SsimWindow / 2) / (2 * SsimSigma * SsimSigma)))];
        return [.. values.Select(v => (float)(v / values.Sum()))];
    }
}
