using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Quality.Metrics;
using LatentSharp.Tests.Reference;
using LatentSharp.Tuning;

namespace LatentSharp.Tests.Tuning;

/// <summary>Losses of pictures with values from 0 to 1.</summary>
public sealed class PictureLossTests
{
    private const int Height = 20, Width = 28;

    private static readonly float[] Found = Values(1), Wanted = Values(2);

    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    // Central differences of the float64 evaluation. Their step is 2^-12; losses have kinks, so a few of the values are tried.
    [Theory]
    [InlineData("pyramid")]
    [InlineData("colour")]
    [InlineData("l1+0.5*ssim")]
    public void The_gradient_is_the_limit_of_differences(string name)
    {
        NetworkGraph graph = Graph(name);
        var inputs = new Dictionary<string, float[]> { ["x"] = [.. Found], ["y"] = Wanted };
        double[] gradient = ReferenceExecutor.Run(graph, inputs)["d.x"];
        double largest = gradient.Max(Math.Abs);
        var forward = new NetworkGraph("forward", graph.Outputs[0]);
        for (int i = 11; i < Found.Length; i += 139)
        {
            const float step = 1f / 4096;
            double[] at = [.. new[] { -1, 1 }.Select(sign =>
            {
                inputs["x"][i] = Found[i] + sign * step;
                return ReferenceExecutor.Run(forward, inputs)["loss"][0];
            })];
            inputs["x"][i] = Found[i];
            Assert.InRange(Math.Abs((at[1] - at[0]) / (2 * step) - gradient[i]), 0, 2e-3 * largest);
        }
    }

    // The processor against the float64 evaluation.
    [Theory]
    [InlineData("pyramid")]
    [InlineData("colour")]
    [InlineData("charbonnier+0.1*colour")]
    public void The_processor_agrees_with_float64(string name)
    {
        NetworkGraph graph = Graph(name);
        Dictionary<string, double[]> exact = ReferenceExecutor.Run(graph, new Dictionary<string, float[]> { ["x"] = Found, ["y"] = Wanted });
        Dictionary<string, float[]> found = Computed(graph, Found, Wanted);
        foreach ((string output, float[] values) in found)
            Assert.InRange(values.Zip(exact[output], (f, e) => Math.Abs(f - e)).Max(), 0, 1e-4 * exact[output].Max(Math.Abs));
    }

    // A Laplacian pyramid with plain loops: means of 2x2, lines between their centres, the border going on.
    [Fact]
    public void Pyramid_is_the_distance_of_bands()
    {
        double[,,] level = new double[Height, Width, 3];
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < Height; y++)
                for (int x = 0; x < Width; x++)
                    level[y, x, c] = Found[(c * Height + y) * Width + x] - (double)Wanted[(c * Height + y) * Width + x];
        double expected = 0;
        for (int l = 0; l < 3; l++)
        {
            int h = level.GetLength(0) / 2, w = level.GetLength(1) / 2;
            var coarse = new double[h, w, 3];
            double sum = 0;
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < h; y++)
                    for (int x = 0; x < w; x++)
                        for (int i = 0; i < 4; i++) coarse[y, x, c] += level[2 * y + i / 2, 2 * x + i % 2, c] / 4;
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < 2 * h; y++)
                    for (int x = 0; x < 2 * w; x++)
                        sum += Math.Abs(level[y, x, c] - Between((y + 0.5) / 2 - 0.5, (x + 0.5) / 2 - 0.5, c));
            expected += sum / (2 * h * 2 * w * 3) / (1 << l);
            level = coarse;

            double Between(double y, double x, int c)
            {
                (y, x) = (Math.Clamp(y, 0, h - 1), Math.Clamp(x, 0, w - 1));
                int y0 = (int)y, x0 = (int)x, y1 = Math.Min(y0 + 1, h - 1), x1 = Math.Min(x0 + 1, w - 1);
                double fy = y - y0, fx = x - x0;
                return (1 - fy) * ((1 - fx) * coarse[y0, x0, c] + fx * coarse[y0, x1, c])
                    + fy * ((1 - fx) * coarse[y1, x0, c] + fx * coarse[y1, x1, c]);
            }
        }
        // What is 5x7 at the third level is 4x6 in whole blocks.
        Assert.Equal(expected, Computed(Graph("pyramid"), Found, Wanted)["loss"][0], 1e-5 * expected);
    }

    // CIEDE2000 (which is tested with the pairs of Sharma, Wu and Dalal) of colours that are near each other. Blue is left out: its rotated
    // hues are not in the loss.
    [Theory]
    [InlineData(0.5, 0.5, 0.5)]
    [InlineData(0.8, 0.2, 0.1)]
    [InlineData(0.1, 0.6, 0.2)]
    [InlineData(0.9, 0.85, 0.2)]
    [InlineData(0.02, 0.03, 0.02)]
    public void Colour_is_about_CIEDE2000_where_it_is_small(double red, double green, double blue)
    {
        foreach ((double dr, double dg, double db) in new[] { (0.02, 0, 0), (0, -0.02, 0.01), (0.015, 0.015, 0.015), (-0.01, 0.02, -0.01) })
        {
            float[] wanted = Flat(red, green, blue), found = Flat(red + dr, green + dg, blue + db);
            double loss = 100 * Computed(Graph("colour"), found, wanted)["loss"][0];
            double expected = MeanFigures.DeltaE(PicturePlanes.Of(Picture(wanted)), PicturePlanes.Of(Picture(found)));
            // The loss has 0.5 at no difference; pictures are rounded to levels of 255 before they are compared.
            Assert.InRange(Math.Sqrt(Math.Max(0, loss * loss - 0.25)), 0.8 * expected - 0.2, 1.2 * expected + 0.2);
        }

        static float[] Flat(params double[] colour)
            => [.. Enumerable.Range(0, 3 * Height * Width).Select(i => (float)colour[i / (Height * Width)])];

        static ImageTensor Picture(float[] unit) => new([.. unit.Select(v => 2 * v - 1)], 1, Height, Width);
    }

    [Fact]
    public void Equal_pictures_have_the_smallest_loss_and_no_gradient()
    {
        foreach (string name in PictureLosses.Names)
        {
            Dictionary<string, float[]> same = Computed(Graph(name), Found, Found), other = Computed(Graph(name), Found, Wanted);
            Assert.True(same["loss"][0] < 0.05 * other["loss"][0], $"{name}: {same["loss"][0]} and {other["loss"][0]}");
            Assert.InRange(same["d.x"].Max(Math.Abs), 0, 2e-3 * other["d.x"].Max(Math.Abs));
        }
    }

    [Theory]
    [InlineData("l2", "l1")]
    [InlineData("l1+0,5*ssim", "weight")]
    [InlineData("l1+-1*ssim", "weight")]
    [InlineData("", "Losses are")]
    public void Words_that_name_no_loss_are_refused(string text, string says)
    {
        var refused = Assert.Throws<LatentSharpException>(() => PictureLosses.Named(text));
        Assert.Equal(ErrorKind.Usage, refused.Kind);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    private static NetworkGraph Graph(string name)
    {
        Node x = Build.Input("x", Height, Width, 3), y = Build.Input("y", Height, Width, 3);
        return new LossGraph(name, PictureLosses.Named(name)(new LossNode(x), new LossNode(y)).Node, [x], []).Backward(_ => false).Graph;
    }

    private Dictionary<string, float[]> Computed(NetworkGraph graph, float[] x, float[] y)
    {
        var found = new Dictionary<string, float[]> { ["loss"] = new float[1], ["d.x"] = new float[x.Length] };
        using var session = DefaultDevice.Compile(graph).Start();
        session.Run(new Dictionary<string, ReadOnlyMemory<float>> { ["x"] = x, ["y"] = y }, found.ToDictionary(o => o.Key, o => o.Value.AsMemory()),
            cancellationToken: cancel);
        return found;
    }

    private static float[] Values(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 3 * Height * Width).Select(_ => (random.Next(3, 125) + 0.5f) / 128)];
    }
}
