using BenchmarkDotNet.Attributes;
using LatentSharp.Bench.Weights;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Bench.Kernels;

/// <summary>The layers that a decode and an encode spend their time in, each on its own, as the engine plans them for
/// 512x512 pictures. Packing the weights and the change between [C, H, W] and channels-last at both ends are part of what is timed;
/// <c>./bench steps</c>
/// shows the steps of a whole network without those ends.</summary>
[Config(typeof(LayerConfig))]
public class LayerBenchmarks
{
    private readonly Dictionary<string, Func<NetworkGraph>> layers = new()
    {
        ["3x3 128 at 512"] = () => Conv(512, 128, 128, 3),
        ["3x3 256 at 256"] = () => Conv(256, 256, 256, 3),
        ["3x3 512 at 128"] = () => Conv(128, 512, 512, 3),
        ["3x3 512 at 64"] = () => Conv(64, 512, 512, 3),
        ["3x3 256 to 128 at 512"] = () => Conv(512, 256, 128, 3),
        ["norm silu 3x3 128 at 512"] = () => NormConv(512, 128),
        ["upsample 3x3 256 to 512"] = () => Upsample(256, 256),
        ["3x3 stride 2 128 at 512"] = () => Downsample(512, 128),
        ["1x1 256 to 128 at 512"] = () => Conv(512, 256, 128, 1),
        ["3x3 16 to 512 at 64"] = () => Conv(64, 16, 512, 3),
        ["3x3 128 to 3 at 512"] = () => Conv(512, 128, 3, 3),
        ["attention 512 at 64"] = () => Attention(64, 512),
    };

    private PlanSession session = null!;
    private float[] input = [], output = [];

    /// <summary>The layers by name.</summary>
    public IEnumerable<string> Layers => layers.Keys;

    /// <summary>The layer measured.</summary>
    [ParamsSource(nameof(Layers))]
    public string Layer { get; set; } = "";

    /// <summary>The threads it runs on.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Multiply-adds of a direct evaluation of a layer.</summary>
    public static long MultiplyAdds(string layer) => new LayerBenchmarks().layers[layer]().MultiplyAdds;

    [GlobalSetup]
    public void Prepare()
    {
        NetworkGraph graph = layers[Layer]();
        session = DefaultDevice.Compile(graph, new ComputeOptions { Threads = Threads }).Start();
        input = new float[graph.Inputs[0].Shape.Count];
        output = new float[graph.Outputs[0].Shape.Count];
        for (int i = 0; i < input.Length; i++) input[i] = WeightFormula.Unit((uint)i, 0);
    }

    [Benchmark]
    public void Run() => session.Run(input, output);

    [GlobalCleanup]
    public void End() => session.Dispose();

    private static NetworkGraph Conv(int size, int inputs, int outputs, int kernel)
        => Graph(size, inputs, (x, w) => x.Conv2d(w["conv"], outputs, kernel), Tensors("conv", inputs, outputs, kernel));

    private static NetworkGraph NormConv(int size, int channels)
        => Graph(size, channels, (x, w) => x.GroupNorm(w["norm"], 32, 1e-6f).SiLU().Conv2d(w["conv"], channels, 3),
            [.. Tensors("conv", channels, channels, 3), ("norm.weight", new Shape(channels)), ("norm.bias", new Shape(channels))]);

    private static NetworkGraph Upsample(int size, int channels)
        => Graph(size, channels, (x, w) => x.Upsample2x().Conv2d(w["conv"], channels, 3), Tensors("conv", channels, channels, 3));

    private static NetworkGraph Downsample(int size, int channels)
        => Graph(size, channels, (x, w) => x.Conv2d(w["conv"], channels, 3, stride: 2, padding: new Padding(0, 0, 1, 1)),
            Tensors("conv", channels, channels, 3));

    private static NetworkGraph Attention(int size, int channels)
        => Graph(size, channels, (x, w) => Build.Attention(x.Conv2d(w["conv"], channels, 1), x, x, "attention"),
            Tensors("conv", channels, channels, 1));

    private static NetworkGraph Graph(int size, int channels, Func<Node, WeightScope, Node> build, IEnumerable<(string, Shape)> tensors)
        => new("layer", build(Build.Input("x", size, size, channels), new WeightScope(new FormulaWeights("layer", tensors))));

    private static (string, Shape)[] Tensors(string name, int inputs, int outputs, int kernel)
        => [(name + ".weight", new Shape(outputs, inputs, kernel, kernel)), (name + ".bias", new Shape(outputs))];
}
