using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Cpu;

/// <summary>Small networks with reproducible random weights, and their comparison with the float64 reference executor.</summary>
/// <param name="seed">Of the weights.</param>
/// <param name="view">What the network reads instead of the weights themselves, made from them; null for the weights.</param>
internal sealed class TestNetwork(int seed, Func<WeightSource, WeightSource>? view = null)
{
    private readonly Random random = new(seed);
    private readonly MemoryWeights weights = new("random weights");

    /// <summary>Every vector width that this processor has.</summary>
    public static IEnumerable<SimdLevel> Levels => Enum.GetValues<SimdLevel>().Where(l => l <= SimdLevels.Widest);

    public Node Conv(Node x, string name, int channels, int kernel, int stride = 1, Padding? padding = null, bool bias = true)
    {
        Fill(name + ".weight", 0, Math.Sqrt(3.0 / (x.Shape.Channels * kernel * kernel)), channels, x.Shape.Channels, kernel, kernel);
        if (bias) Fill(name + ".bias", 0, 0.1, channels);
        return x.Conv2d(Scope(name), channels, kernel, stride, padding);
    }

    public Node Norm(Node x, string name, int groups)
    {
        Fill(name + ".weight", 1, 0.3, x.Shape.Channels);
        Fill(name + ".bias", 0, 0.3, x.Shape.Channels);
        return x.GroupNorm(Scope(name), groups, 1e-6f);
    }

    /// <summary>The residual block of the KL autoencoders.</summary>
    public Node Residual(Node x, string name, int channels, int groups)
    {
        Node h = Conv(Norm(x, name + ".norm1", groups).SiLU(), name + ".conv1", channels, 3);
        h = Conv(Norm(h, name + ".norm2", groups).SiLU(), name + ".conv2", channels, 3);
        Node shortcut = x.Shape.Channels == channels ? x : Conv(x, name + ".nin_shortcut", channels, 1);
        return shortcut.Plus(h, name);
    }

    /// <summary>The attention of the KL autoencoders.</summary>
    public Node Attention(Node x, string name, int groups)
    {
        Node h = Norm(x, name + ".norm", groups);
        int c = x.Shape.Channels;
        Node attended = Build.Attention(Conv(h, name + ".q", c, 1), Conv(h, name + ".k", c, 1), Conv(h, name + ".v", c, 1), name);
        return x.Plus(Conv(attended, name + ".proj_out", c, 1), name + ".sum");
    }

    public static float[] RandomInput(NetworkGraph graph, int seed)
    {
        var random = new Random(seed);
        var input = new float[graph.Inputs[0].Shape.Count];
        for (int i = 0; i < input.Length; i++) input[i] = (float)(random.NextDouble() * 2 - 1);
        return input;
    }

    public static float[] Run(NetworkGraph graph, float[] input, ComputeOptions options)
    {
        var output = new float[graph.Outputs[0].Shape.Count];
        DefaultDevice.Compile(graph, options).Run(input, output, cancellationToken: TestContext.Current.CancellationToken);
        return output;
    }

    /// <summary>The largest difference between the engine and float64, relative to the largest value of the result.</summary>
    public static double Error(Node output, SimdLevel level, int threads = 2)
    {
        var graph = new NetworkGraph("test", output);
        float[] input = RandomInput(graph, 7);
        double[] expected = ReferenceExecutor.Run(graph, input);
        float[] actual = Run(graph, input, new ComputeOptions { Threads = threads, Device = new CpuDevice(level) });
        double error = 0, largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++) error = Math.Max(error, Math.Abs(expected[i] - actual[i]));
        return error / largest;
    }

    private WeightScope Scope(string name) => new(view?.Invoke(weights) ?? weights, name);

    private void Fill(string name, double centre, double spread, params ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long d in shape) count *= d;
        var values = new float[count];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(centre + (random.NextDouble() * 2 - 1) * spread);
        weights.Add(name, values, shape);
    }
}
