using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Gradients;

/// <summary>
/// Every operation that has a gradient, against central differences of fourth order of its float64 evaluation: to inputs and to tensors.
/// Inputs and tensors are multiples of 1/128, so that what is added to them is exact in float32.
/// </summary>
public sealed class DifferenceTests
{
    private const double Tolerance = 1e-6;

    // Smaller than half the distance of any value from 0, where ReLU and |x| have no derivative.
    private const float Step = 1f / 1024;

    // Values of a tensor that are tried.
    private const int Tried = 10;

    private static readonly Dictionary<string, Func<Values, Node>> Operations = new()
    {
        ["Add row"] = v => v.Picture("x", 3, 4, 6).Plus(v.Sequence("row", 1, 6), "sum"),
        ["Multiply"] = v => v.Picture("x", 3, 4, 6).Times(v.Picture("y", 3, 4, 6), "product"),
        ["Multiply row"] = v => v.Sequence("x", 5, 6).Times(v.Sequence("row", 1, 6), "product"),
        ["Modulate"] = v => v.Sequence("x", 5, 6).Modulate(v.Sequence("scale", 1, 6), v.Sequence("shift", 1, 6)),
        ["Gate"] = v => v.Sequence("x", 5, 6).PlusGated(v.Sequence("y", 5, 6), v.Sequence("gate", 1, 6), "gated"),
        ["GatedSiLU"] = v => v.Picture("x", 3, 4, 6).GatedSiLU(),
        ["SiLU"] = v => v.Picture("x", 3, 4, 6).SiLU(),
        ["ReLU"] = v => v.Picture("x", 3, 4, 6).ReLU(),
        ["TanhClamp3"] = v => v.Picture("x", 3, 4, 6).Activate(ActivationKind.TanhClamp3),
        ["Gelu"] = v => v.Picture("x", 3, 4, 6).Activate(ActivationKind.Gelu),
        ["GeluTanh"] = v => v.Picture("x", 3, 4, 6).Activate(ActivationKind.GeluTanh),
        ["QuickGelu"] = v => v.Picture("x", 3, 4, 6).Activate(ActivationKind.QuickGelu),
        ["Conv2d"] = v => v.Picture("x", 5, 6, 4).Conv2d(v.Layer("c", 3, 4, 3, 3), 3, 3),
        ["Conv2d in groups"] = v => v.Picture("x", 4, 5, 6).Conv2d(v.Layer("c", 4, 3, 3, 3), 4, 3, groups: 2),
        ["Conv2d depthwise"] = v => v.Picture("x", 4, 5, 6).Conv2d(v.Layer("c", 6, 1, 3, 3), 6, 3, groups: 6),
        ["Conv2d with step 2"] = v => v.Picture("x", 5, 7, 4).Conv2d(v.Layer("c", 3, 4, 3, 3), 3, 3, 2, new Padding(0, 0, 1, 1)),
        ["Conv2d 5x5"] = v => v.Picture("x", 6, 5, 2).Conv2d(v.Layer("c", 3, 2, 5, 5), 3, 5),
        ["Conv2d of one column"] = v => v.Picture("x", 5, 1, 2).Conv2d(v.Layer("c", 3, 2, 3, 3), 3, 3, 2),
        ["Linear"] = v => v.Sequence("x", 4, 6).Linear(v.Layer("l", 5, 6), 5),
        ["Linear in parts"] = v => Halves(v.Sequence("x", 4, 6), v.Layer("l", 6, 6)),
        ["Linear, some rows"] = v => v.Sequence("x", 4, 6).Linear(v.Layer("l", 6, 6), 6, 2..5),
        ["Attention"] = v => Build.Attention(v.Sequence("q", 4, 6), v.Sequence("k", 5, 6), v.Sequence("v", 5, 4), "a", new(2)),
        ["Attention, causal"] = v => Build.Attention(v.Sequence("q", 5, 6), v.Sequence("k", 5, 6), v.Sequence("v", 5, 4), "a", new(2, 0.5f, true)),
        ["Attention with a bias"] = v => Build.Attention(v.Sequence("q", 3, 4), v.Sequence("k", 5, 4), v.Sequence("v", 5, 4), "a", new(2),
            v.Picture("bias", 2, 3, 5)),
        ["Attention, causal, with a bias"] = v => Build.Attention(v.Sequence("q", 4, 4), v.Sequence("k", 4, 4), v.Sequence("v", 4, 2), "a",
            new(2, Causal: true), v.Picture("bias", 2, 4, 4)),
        ["RelativeBias"] = v => new RelativeBias("r", v.Layer("r", 8, 2).Take("weight", 8, 2), 7, 5),
        ["ReluLinearAttention"] = v => v.Picture("x", 3, 2, 12).ReluLinearAttention(2, "linear.attention"),
        ["TokenOfText"] = v => Ended(v, null),
        ["TokenOfText with an end"] = v => Ended(v, 1),
        ["Attention to itself"] = v => Itself(v.Picture("x", 2, 3, 4)),
        ["GroupNorm"] = v => v.Picture("x", 3, 4, 6).GroupNorm(v.Layer("n", 6), 3, 1e-6f),
        ["BatchNorm"] = v => v.Picture("x", 3, 4, 6).BatchNorm(v.Statistics("n", 6), 1e-3f),
        ["LayerNorm"] = v => v.Sequence("x", 4, 6).LayerNorm(v.Layer("n", 6), 1e-6f),
        ["RmsNorm"] = v => v.Picture("x", 3, 4, 6).RmsNorm(v.Layer("n", 6), 1e-6f),
        ["RmsNorm of heads"] = v => v.Sequence("x", 4, 6).RmsNorm(v.Layer("n", 3).Take("weight", 3), 1e-6f),
        ["L2Norm"] = v => v.Picture("x", 3, 4, 6).L2Norm(v.Layer("n", 6)),
        ["Upsample2x"] = v => v.Picture("x", 3, 4, 6).Upsample2x(),
        ["MaxPool"] = v => new MaxPool("m", v.Distinct("x", 4, 5, 17), 2, 2),
        ["MaxPool, windows that overlap"] = v => new MaxPool("m", v.Distinct("x", 6, 7, 3), 3, 2),
        ["PixelShuffle2x"] = v => v.Picture("x", 3, 4, 8).PixelShuffle2x(),
        ["PixelUnshuffle2x"] = v => v.Picture("x", 4, 6, 3).PixelUnshuffle2x(),
        ["RepeatChannels"] = v => v.Picture("x", 3, 4, 6).RepeatChannels(3),
        ["MeanOfChannels"] = v => v.Picture("x", 3, 4, 6).MeanOfChannels(2),
        ["SelectChannels"] = v => v.Picture("x", 3, 4, 3).SelectChannels([1, 0, SelectChannels.Zero, 1, 1]),
        ["Slice"] = v => v.Picture("x", 3, 4, 6).Channels(1, 3),
        ["Slices that fill"] = v => Build.Concat("c", [.. v.Picture("x", 3, 4, 6).Chunk(3).Reverse()]),
        ["Slices of tokens"] = v => Build.ConcatTokens("c", v.Sequence("x", 5, 4).Tokens(1, 3), v.Sequence("y", 2, 4)),
        ["Rope"] = v => v.Sequence("x", 4, 8).Rope(v.Sequence("ids", 4, 1).RotaryTable([4], 10, "table")),
        // Its arguments are float32: only with one frequency, 1, are differences of them exact.
        ["SinusoidalEmbedding"] = v => v.Sequence("x", 1, 1).SinusoidalEmbedding(2, 2),
        ["Embedding"] = v => Embedded(v),
        ["Parameter"] = v => new Parameter("p", v.Layer("p", 3, 4).Take("weight", 3, 4)).SiLU(),
        ["Affine"] = v => Map(v, new(PointFunctionKind.Affine, 3, 2)),
        ["Abs"] = v => Map(v, new(PointFunctionKind.Abs)),
        ["Square"] = v => Map(v, new(PointFunctionKind.Square)),
        ["Exp"] = v => Map(v, new(PointFunctionKind.Exp, 0.5f)),
        ["Clamp"] = v => Map(v, new(PointFunctionKind.Clamp, -0.375f, 0.5f)),
        ["Charbonnier"] = v => Map(v, new(PointFunctionKind.Charbonnier, 0.5f)),
        ["Huber"] = v => Map(v, new(PointFunctionKind.Huber, 0.375f)),
        ["Reciprocal"] = v => Map(v, new(PointFunctionKind.Reciprocal), shift: 2),
        ["Power"] = v => Map(v, new(PointFunctionKind.Power, 1f / 3), shift: 2),
        ["SumOfPositions"] = v => new SumOfPositions("s", v.Picture("x", 3, 4, 6), 2),
        ["Spread"] = v => new Spread("s", v.Sequence("x", 1, 3), new FeatureShape(2, 3, 6)),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_gradient_is_the_limit_of_differences(string name)
    {
        Differentiated op = Differentiate(name);
        Dictionary<string, double[]> found = ReferenceExecutor.Run(op.Backward, op.Values.Inputs);
        string[] read = [.. op.Forward.Nodes.SelectMany(n => n.Learned).Select(w => w.Name).Distinct(),
            .. op.Forward.Inputs.Select(i => i.Name).Except(["dy", "ids"])];
        foreach (string tensor in read)
        {
            float[] numbers = op.Values[tensor];
            double[] gradient = found["d." + tensor];
            Assert.Equal(numbers.Length, gradient.Length);
            double largest = Math.Max(gradient.Max(Math.Abs), 1e-3);
            int[] tried = [.. Enumerable.Range(0, numbers.Length).OrderBy(i => (i * 7919L + 13) % 104729).Take(Tried)];
            foreach (int i in tried) Assert.InRange(Math.Abs(Difference(numbers, i) - gradient[i]) / largest, 0, Tolerance);
        }

        double Difference(float[] numbers, int index)
        {
            float before = numbers[index];
            double[] at = [.. new[] { -2, -1, 1, 2 }.Select(step =>
            {
                numbers[index] = before + step * Step;
                return ReferenceExecutor.Run(op.Forward, op.Values.Inputs).Values.Single()[0];
            })];
            numbers[index] = before;
            return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * Step);
        }
    }

    // The same gradients by the processor, on every vector width: 2e-6 of the largest is some thirty times the rounding of one float32.
    [Theory]
    [MemberData(nameof(Names))]
    public void The_processor_finds_the_same(string name)
    {
        Differentiated op = Differentiate(name);
        Dictionary<string, double[]> expected = ReferenceExecutor.Run(op.Backward, op.Values.Inputs);
        foreach (SimdLevel level in Enum.GetValues<SimdLevel>().Where(l => l <= SimdLevels.Widest))
        {
            Dictionary<string, float[]> found = op.Backward.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
            using PlanSession session = new CpuDevice(level).Compile(op.Backward, new ComputeOptions { Threads = 2 }).Start();
            session.Run(op.Backward.Inputs.ToDictionary(i => i.Name, i => (ReadOnlyMemory<float>)op.Values.Inputs[i.Name]),
                found.ToDictionary(o => o.Key, o => o.Value.AsMemory()), cancellationToken: TestContext.Current.CancellationToken);
            foreach ((string tensor, double[] wanted) in expected)
            {
                double error = wanted.Zip(found[tensor], (w, f) => Math.Abs(w - f)).Max();
                double allowed = 2e-6 * Math.Max(1, wanted.Max(Math.Abs));
                Assert.True(error <= allowed, $"{tensor} at {level}: {error}, allowed {allowed}");
            }
        }
    }

    // A new operation has a gradient that is held to differences above, or is named here as one whose gradient is refused.
    [Fact]
    public void Every_operation_has_a_gradient_or_is_refused_by_name()
    {
        HashSet<Type> tested = [], refused = [];
        var made = new Dictionary<Type, Node>();
        foreach (string name in Operations.Keys)
        {
            Differentiated op = Differentiate(name);
            foreach (Node node in op.Forward.Nodes) tested.Add(node.GetType());
            foreach (Node node in op.Backward.Nodes) made.TryAdd(node.GetType(), node);
        }
        foreach ((Type type, Node node) in made)
        {
            if (tested.Contains(type)) continue;
            var error = Assert.Throws<LatentSharpException>(
                () => ReversePass.Of(node, new Input("dy", node.Shape), _ => true, node.Inputs));
            Assert.Contains(type.Name, error.Message, StringComparison.Ordinal);
            refused.Add(type);
        }
        // What only reverse passes consist of is not differentiated again.
        Assert.All(refused, type => Assert.Equal("LatentSharp.Graph.Gradients", type.Namespace));
        Type[] all = [.. typeof(Node).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Node)) && !t.IsAbstract)];
        Assert.Equal(all.Select(t => t.Name).Order(StringComparer.Ordinal),
            tested.Concat(refused).Select(t => t.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Frozen_parts_are_not_in_the_graph()
    {
        var v = new Values("frozen");
        Node x = v.Picture("x", 4, 4, 6), first = x.Conv2d(v.Layer("first", 6, 6, 3, 3), 6, 3);
        Node result = first.SiLU().Conv2d(v.Layer("last", 3, 6, 3, 3), 3, 3);
        GradientNodes nodes = ReversePass.Of(result, Build.Input("dy", 4, 4, 3), w => w.Name == "last.bias", []);
        GradientOfWeight only = Assert.Single(nodes.Weights);
        Assert.Empty(nodes.Results);
        Assert.Equal(["Input", "SumOfPositions", "Output"], new NetworkGraph("backward", only.Value).Nodes.Select(n => n.Operation));
    }

    // What is differentiated is sum(result * dy).
    private static Differentiated Differentiate(string name)
    {
        var values = new Values(name);
        Node result = Operations[name](values);
        var given = new Input("dy", result.Shape, Layout.ChannelsLast);
        values.Inputs["dy"] = values.Random(checked((int)result.Shape.Count));
        var forward = new NetworkGraph("forward", new SumOfPositions("sum", result.Times(given, "weighted"), 1));
        GradientNodes nodes = ReversePass.Of(result, given, _ => true, forward.Inputs.Where(i => i.Name is not ("ids" or "dy")));
        return new Differentiated(values, forward, new NetworkGraph("backward", [
            .. nodes.Results.Select(g => new Output("d." + g.Node.Name, g.Value, Layout.ChannelsLast)),
            .. nodes.Weights.Select(g => new Output("d." + g.Weight.Name, g.Value, Layout.ChannelsLast))]));
    }

    private static Node Halves(Node x, WeightScope w) => Build.Concat("c", x.Linear(w, 6, ..2), x.Linear(w, 6, 2..).SiLU());

    private static Node Itself(Node x) => x.Plus(Build.Attention(x, x, x, "a"), "sum");

    private static Node Embedded(Values v)
    {
        v.Inputs["ids"] = [2, 0, 2, 1];
        return Build.Sequence("ids", 4, 1).Embedding(v.Layer("e", 4, 5), 4, 5);
    }

    private static Node Ended(Values v, int? end)
    {
        v.Inputs["ids"] = [2, 0, 3, 1];
        return new TokenOfText("t", v.Sequence("x", 4, 5), Build.Sequence("ids", 4, 1), end);
    }

    private static Node Map(Values v, PointFunction function, float shift = 0)
        => new Pointwise("f", Losses.Affine(v.Picture("x", 3, 4, 6), 1, shift), function);

    private sealed record Differentiated(Values Values, NetworkGraph Forward, NetworkGraph Backward);

    /// <summary>Random inputs and tensors, between -1 and 1 and never at 0.</summary>
    private sealed class Values(string seed)
    {
        private readonly Random random = new(seed.Sum(c => c));
        private readonly MemoryWeights weights = new("random weights");
        private readonly Dictionary<string, float[]> tensors = [];

        public Dictionary<string, float[]> Inputs { get; } = [];

        /// <summary>An input or a tensor.</summary>
        public float[] this[string name] => Inputs.TryGetValue(name, out float[]? given) ? given : tensors[name];

        public float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.Next(-64, 64) * 2 + 1) / 128f)];

        public Node Picture(string name, int height, int width, int channels)
            => Given(new Input(name, new(height, width, channels), Layout.ChannelsLast));

        /// <summary>Values of which no two are equal: the largest of some has no derivative where there are several.</summary>
        public Node Distinct(string name, int height, int width, int channels)
        {
            Node picture = Picture(name, height, width, channels);
            int[] order = [.. Enumerable.Range(0, Inputs[name].Length)];
            random.Shuffle(order);
            Inputs[name] = [.. order.Select(i => (2 * i + 1) / 128f)];
            return picture;
        }

        public Node Sequence(string name, int tokens, int channels)
            => Given(new Input(name, FeatureShape.Sequence(tokens, channels), Layout.ChannelsLast));

        public WeightScope Layer(string name, params long[] shape)
        {
            Add(name + ".weight", shape);
            Add(name + ".bias", shape[0]);
            if (shape.Length == 1) Add(name + ".gamma", shape);
            return new WeightScope(weights, name);
        }

        public WeightScope Statistics(string name, int channels)
        {
            WeightScope scope = Layer(name, channels);
            Add(name + ".running_mean", channels);
            weights.Add(name + ".running_var", [.. Random(channels).Select(v => Math.Abs(v))], channels);
            return scope;
        }

        private Input Given(Input input)
        {
            Inputs[input.Name] = Random(checked((int)input.Shape.Count));
            return input;
        }

        private void Add(string name, params long[] shape)
            => weights.Add(name, tensors[name] = Random(checked((int)shape.Aggregate((a, b) => a * b))), shape);
    }
}
