using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Gradients;

/// <summary>
/// The gradient of 3x3 filters in Winograd's domain, as trainings compute it, against the float64 evaluation of its definition: both tiles,
/// pictures that end within a tile, more tiles than a block holds, channels that end within a block, on every vector width.
/// </summary>
public sealed class WinogradGradientTests
{
    // Rounding of float32 relative to the largest gradient: direct sums keep 2e-6, these up to 9e-6 (F(6x6, 3x3), one number at a time).
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData(9, 13, 16, 32)]
    [InlineData(8, 8, 80, 16)]
    [InlineData(67, 70, 16, 48)]
    [InlineData(101, 104, 48, 16)]
    [InlineData(130, 100, 64, 16)]
    public void Agrees_with_the_definition(int height, int width, int inputs, int outputs)
    {
        (NetworkGraph graph, Dictionary<string, float[]> values) = Gradient(height, width, inputs, outputs);
        double[] expected = ReferenceExecutor.Run(graph, values)["d.weight"];
        double largest = expected.Max(Math.Abs);
        foreach (SimdLevel level in Enum.GetValues<SimdLevel>().Where(l => l <= SimdLevels.Widest))
        {
            double error = Found(graph, values, level, threads: 2).Zip(expected, (f, e) => Math.Abs(f - e)).Max();
            Assert.True(error <= Tolerance * largest, $"{level}: {error / largest}");
        }
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        (NetworkGraph graph, Dictionary<string, float[]> values) = Gradient(67, 70, 48, 32);
        float[] one = Found(graph, values, SimdLevels.Widest, threads: 1);
        foreach (int threads in (int[])[2, 3, 5]) Assert.Equal(one, Found(graph, values, SimdLevels.Widest, threads));
    }

    private static float[] Found(NetworkGraph graph, Dictionary<string, float[]> values, SimdLevel level, int threads)
    {
        float[] found = new float[graph.Outputs[0].Shape.Count];
        Plan plan = new CpuDevice(level).Compile(graph, new ComputeOptions { Threads = threads, RoughGradients = true });
        Assert.Contains("Weight gradient (Winograd)", plan.Steps.Select(s => s.Operation));
        using PlanSession session = plan.Start();
        session.Run(values.ToDictionary(v => v.Key, v => (ReadOnlyMemory<float>)v.Value),
            new Dictionary<string, Memory<float>> { ["d.weight"] = found }, cancellationToken: TestContext.Current.CancellationToken);
        return found;
    }

    private static (NetworkGraph Graph, Dictionary<string, float[]> Values) Gradient(int height, int width, int inputs, int outputs)
    {
        Node dy = Build.Input("dy", height, width, outputs), x = Build.Input("x", height, width, inputs);
        var gradient = new WeightGradient("d", dy, x, new Window(3, 3, 1, new Padding(1, 1, 1, 1), 1));
        var random = new Random(height * width + inputs);
        return (new NetworkGraph("gradient", new Output("d.weight", gradient, Layout.ChannelsLast)),
            new[] { dy, x }.ToDictionary(n => n.Name, n => Enumerable.Range(0, (int)n.Shape.Count)
                .Select(_ => 2 * random.NextSingle() - 1).ToArray()));
    }
}
