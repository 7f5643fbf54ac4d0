using System.Collections.Immutable;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.OnnxRuntime;
using LatentSharp.Tests.Onnx;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Graph;

/// <summary>
/// Graphs with several inputs, outputs and sources of weights: the engine, ONNX Runtime and the float64 reference executor agree.
/// </summary>
public sealed class NetworkGraphTests
{
    // All three are handed the same graph; the reference executor is float64 and shares nothing with the other two. Sums have at most 54
    // terms of magnitude 1.
    private const double Tolerance = 1e-5;

    [Fact]
    public void Two_inputs_give_a_result()
    {
        Node x = Build.Input("x", 5, 7, 6), y = Build.Input("y", 5, 7, 6);
        Compare(new NetworkGraph("two inputs", x.Conv2d(Convolution("c", 6, 6, seed: 1), 6, 3).Plus(y.SiLU(), "sum")));
    }

    [Fact]
    public void Two_outputs_give_both()
    {
        Node x = Build.Input("x", 5, 7, 6), h = x.Conv2d(Convolution("c", 8, 6, seed: 1), 8, 3);
        Compare(new NetworkGraph("two outputs", new Output("features", h), new Output("active", h.ReLU(), Layout.ChannelsLast)));
    }

    [Fact]
    public void An_input_may_be_an_output_and_one_result_two()
    {
        Node x = Build.Input("x", 3, 4, 5), y = x.SiLU();
        Compare(new NetworkGraph("passes", new Output("same", x), new Output("a", y), new Output("b", y)));
    }

    [Fact]
    public void A_sequence_is_given_and_taken_token_by_token()
    {
        Node x = Build.Sequence("tokens", 11, 6), picture = Build.Sequence("more", 11, 6);
        Compare(new NetworkGraph("sequence",
            new Output("result", x.Plus(picture.ReLU(), "sum").Conv2d(Convolution("c", 7, 6, kernel: 1, seed: 1), 7, 1),
                Layout.ChannelsLast)));
    }

    // Each convolution has its own file; both tensors are called c.weight. Exported by name alone, one of them would be used twice.
    [Fact]
    public void Tensors_of_one_name_from_two_sources_are_two()
    {
        Node x = Build.Input("x", 5, 7, 6);
        var graph = new NetworkGraph("two sources",
            x.Conv2d(Convolution("c", 6, 6, seed: 1), 6, 3).Conv2d(Convolution("c", 6, 6, seed: 2), 6, 3));
        Assert.Equal(4, graph.Weights.Count());
        Compare(graph);
    }

    [Fact]
    public void An_operation_that_nobody_knows_is_computed_by_its_expansion()
    {
        Node x = Build.Input("x", 3, 4, 5);
        Node twice = new Doubled("twice", x.ReLU(), depth: 3);
        var graph = new NetworkGraph("expanded", new Output("twice.result", twice), new Output("behind", twice.SiLU()));
        var known = new NetworkGraph("by hand", new Output("twice.result", Eightfold(x.ReLU())),
            new Output("behind", Eightfold(x.ReLU()).SiLU()));
        Dictionary<string, float[]> inputs = Values(graph);
        AssertClose(ReferenceExecutor.Run(known, inputs), RunCpu(graph, inputs));
        AssertClose(ReferenceExecutor.Run(known, inputs), RunOnnx(graph, inputs));

        static Node Eightfold(Node x)
        {
            for (int i = 0; i < 3; i++) x = x.Plus(x, $"sum{i}");
            return x;
        }
    }

    [Fact]
    public void An_expansion_without_end_is_refused()
    {
        var graph = new NetworkGraph("endless", new Doubled("twice", Build.Input("x", 3, 4, 5), depth: int.MaxValue));
        var error = Assert.Throws<LatentSharpException>(() => DefaultDevice.Compile(graph));
        Assert.Contains("Doubled", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_or_too_much_is_named()
    {
        Node x = Build.Input("x", 3, 4, 5);
        var graph = new NetworkGraph("named", x.Plus(Build.Input("y", 3, 4, 5), "sum"));
        Dictionary<string, float[]> all = Values(graph);
        AssertNames("y", new() { ["x"] = all["x"] });
        AssertNames("z", new() { ["x"] = all["x"], ["y"] = all["y"], ["z"] = all["y"] });
        AssertNames("60", new() { ["x"] = all["x"], ["y"] = new float[3] });
        var error = Assert.Throws<ArgumentException>(
            () => DefaultDevice.Compile(graph).Run(all["x"], new float[60], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("x, y", error.Message, StringComparison.Ordinal);

        void AssertNames(string what, Dictionary<string, float[]> inputs)
        {
            var error = Assert.Throws<ArgumentException>(() => RunCpu(graph, inputs));
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_ports_of_one_name_are_refused()
    {
        Node x = Build.Input("x", 3, 4, 5);
        Assert.Throws<ArgumentException>(() => new NetworkGraph("twice", x.Plus(Build.Input("x", 3, 4, 5), "sum")));
        Assert.Throws<ArgumentException>(() => new NetworkGraph("twice", new Output("x", x)));
        Assert.Throws<ArgumentException>(() => new NetworkGraph("twice", new Output("y", x), new Output("y", x.SiLU())));
        Assert.Throws<ArgumentException>(() => new NetworkGraph("none"));
    }

    internal static void Compare(NetworkGraph graph, double tolerance = Tolerance)
    {
        Dictionary<string, float[]> inputs = Values(graph);
        Dictionary<string, double[]> expected = ReferenceExecutor.Run(graph, inputs);
        AssertClose(expected, RunCpu(graph, inputs), tolerance);
        AssertClose(expected, RunOnnx(graph, inputs), tolerance);
    }

    internal static Dictionary<string, float[]> Values(NetworkGraph graph)
        => graph.Inputs.Select((input, i) => (input.Name, Values: SmallNetworks.Values((int)input.Shape.Count, seed: 5 + i)))
        .ToDictionary(p => p.Name, p => p.Values);

    internal static Dictionary<string, float[]> RunCpu(NetworkGraph graph, Dictionary<string, float[]> inputs)
    {
        Dictionary<string, float[]> outputs = Room(graph);
        Run(DefaultDevice.Instance, graph, inputs, outputs);
        return outputs;
    }

    private static void Run(Device device, NetworkGraph graph, Dictionary<string, float[]> inputs, Dictionary<string, float[]> outputs)
    {
        Plan plan = device.Compile(graph, new ComputeOptions { Threads = 2 });
        using (PlanSession session = plan.Start())
            session.Run(ReadOnly(inputs), Writable(outputs), cancellationToken: TestContext.Current.CancellationToken);
        (plan as IDisposable)?.Dispose();
    }

    internal static Dictionary<string, float[]> RunOnnx(NetworkGraph graph, Dictionary<string, float[]> inputs)
    {
        if (OnnxDevice.RuntimeVersion is null) Assert.Skip("ONNX Runtime has no native library for this system");
        Dictionary<string, float[]> outputs = Room(graph);
        Run(new OnnxDevice(), graph, inputs, outputs);
        return outputs;
    }

    private static Dictionary<string, float[]> Room(NetworkGraph graph)
        => graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);

    private static Dictionary<string, ReadOnlyMemory<float>> ReadOnly(Dictionary<string, float[]> values)
        => values.ToDictionary(p => p.Key, p => (ReadOnlyMemory<float>)p.Value);

    private static Dictionary<string, Memory<float>> Writable(Dictionary<string, float[]> values)
        => values.ToDictionary(p => p.Key, p => (Memory<float>)p.Value);

    private static void AssertClose(Dictionary<string, double[]> expected, Dictionary<string, float[]> found, double tolerance = Tolerance)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, double[] values) in expected)
        {
            double error = values.Zip(found[name], (e, f) => Math.Abs(e - f)).Max(), largest = values.Max(Math.Abs);
            Assert.True(error <= tolerance * Math.Max(1, largest), $"{name}: largest difference {error:g3}, of values up to {largest:g3}");
        }
    }

    private static WeightScope Convolution(string name, int channels, int inputs, int seed, int kernel = 3)
    {
        var weights = new MemoryWeights();
        weights.Add(name + ".weight", SmallNetworks.Values(channels * inputs * kernel * kernel, seed), channels, inputs, kernel, kernel);
        weights.Add(name + ".bias", SmallNetworks.Values(channels, seed + 10), channels);
        return new WeightScope(weights, name);
    }

    /// <summary>x * 2^depth, of which no device has heard.</summary>
    private sealed class Doubled(string name, Node source, int depth) : Node(name, [source], source.Shape)
    {
        public override Node WithInputs(ImmutableArray<Node> inputs) => new Doubled(Name, inputs[0], depth);

        public override Node? Expand()
        {
            Node sum = Inputs[0].Plus(Inputs[0], Name + ".sum");
            return depth == 1 ? sum : new Doubled(Name + ".more", sum, depth - 1);
        }
    }
}
