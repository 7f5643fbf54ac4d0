using System.Collections.Immutable;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Tests.Onnx;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Graph;

/// <summary>
/// Every operation of a transformer, alone and joined as a planner joins them: the engine, ONNX Runtime and the float64 reference executor
/// agree. Sums have at most a few hundred terms of magnitude 1, of which float32 loses some 1e-5.
/// </summary>
public sealed class SequenceTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<string> Names => [.. Networks.Keys];

    internal static IReadOnlyDictionary<string, Func<NetworkGraph>> Networks { get; } = new Dictionary<string, Func<NetworkGraph>>
    {
        ["linear"] = () => Of(Tokens(19, 24).Linear(Layer(40, 24), 40)),
        ["linear without bias"] = () => Of(Tokens(19, 24).Linear(Layer(40, 24), 40, bias: false)),
        ["linear of one row"] = () => Of(Tokens(1, 37).Linear(Layer(41, 37), 41)),
        ["linear of a few rows"] = () => Of(Tokens(5, 64).LayerNorm(1e-6f).Linear(Layer(33, 64), 33).Activate(ActivationKind.Gelu)),
        ["rows of a linear"] = () => Of(Tokens(19, 24).Linear(Layer(40, 24), 40, 7..29)),
        ["rows of a linear, a few tokens"] = () => Of(Tokens(3, 24).Linear(Layer(40, 24), 40, 7..29)),
        ["linear of a picture"] = () => Of(Build.Input("x", 5, 7, 24).Linear(Layer(40, 24), 40)),
        ["layer norm"] = () => Of(Tokens(11, 37).LayerNorm(1e-6f)),
        ["layer norm with scale and offset"] = () => Of(Tokens(11, 37).LayerNorm(Norm(37), 1e-5f)),
        ["rms norm of rows"] = () => Of(Tokens(11, 37).RmsNorm(Vector(37), 1e-6f)),
        ["rms norm of heads"] = () => Of(Tokens(11, 48).RmsNorm(Vector(16), 1e-6f)),
        ["modulate"] = () => Of(Tokens(11, 37).Modulate(Row("scale", 37), Row("shift", 37))),
        ["gate"] = () => Of(Tokens(11, 37).PlusGated(Tokens(11, 37, "y"), Row("gate", 37), "sum")),
        ["products and sums with rows"] =
            () => Of(Tokens(11, 37).Times(Row("factor", 37), "product").Plus(Row("offset", 37), "sum").Times(Tokens(11, 37, "y"), "all")),
        ["norm, modulation, linear"] = () => Of(Tokens(23, 40).LayerNorm(1e-6f).Modulate(Row("scale", 40), Row("shift",
            40)).Linear(Layer(24, 40), 24)),
        ["norm of several linears"] = () => Several(Tokens(23, 40).LayerNorm(Norm(40), 1e-5f)),
        ["rms norm of several linears"] = () => Several(Tokens(23, 40).RmsNorm(Vector(40), 1e-6f)),
        ["modulation that is read by others too"] = () => Of(Shared(Tokens(23, 24).LayerNorm(1e-6f).Modulate(Row("scale", 24),
            Row("shift", 24)))),
        ["linear, gelu"] = () => Of(Tokens(23, 40).Linear(Layer(24, 40), 24).Activate(ActivationKind.Gelu)),
        ["linear, gelu by tanh"] = () => Of(Tokens(23, 40).Linear(Layer(24, 40), 24).Activate(ActivationKind.GeluTanh)),
        ["linear, quick gelu"] = () => Of(Tokens(23, 40).Linear(Layer(24, 40), 24).Activate(ActivationKind.QuickGelu)),
        ["the three gelus"] =
            () => Of(Tokens(23, 40).Activate(ActivationKind.Gelu).Activate(ActivationKind.GeluTanh).Activate(ActivationKind.QuickGelu)),
        ["gated gelu"] = () => Of(GatedGelu(Tokens(23, 40))),
        ["gated residual"] = () => Of(Tokens(23, 40).PlusGated(Tokens(23, 24, "y").Linear(Layer(40, 24), 40), Row("gate", 40), "sum")),
        ["gated residual of its own source"] = () => Of(GateOfItself(Tokens(23, 40).Activate(ActivationKind.SiLU))),
        ["residual"] = () => Of(Residual(Tokens(23, 40))),
        ["a sum of two linears"] = () => Of(Tokens(23, 40).Linear(Layer(24, 40), 24).Plus(Tokens(23, 30, "y").Linear(Layer(24, 30,
            seed: 4), 24), "sum")),
        ["rope"] = () => Of(Tokens(11, 48).Rope(Table(11, [4, 6, 6]))),
        ["rope of a slice"] = () => Of(Tokens(11, 60).Channels(5, 32).Rope(Table(11, [4, 6, 6]))),
        ["embedding"] = () => Of(Tokens(1, 1).Times(Zero(), "zero").Embedding(Layer(40, 24), 40, 24)),
        ["parameter"] = () => Of(Tokens(9, 24).Plus(new Parameter("position", Layer(9, 24).Take("weight", 9, 24)), "sum")),
        ["sinusoidal embedding"] = () => Of(Tokens(3, 1).SinusoidalEmbedding(64, 10)),
        ["slices of channels"] = () => Of(Chunks(Tokens(11, 36).Linear(Layer(48, 36), 48))),
        ["slices of tokens"] = () => Of(Tokens(23, 40).Tokens(5, 9).SiLUAnd(x => x.Linear(Layer(24, 40), 24))),
        ["joined channels"] = () => Of(Joined(Tokens(23, 40))),
        ["joined tokens"] = () => Of(JoinedTokens(Tokens(23, 40), Tokens(9, 24, "y"))),
        ["a part that comes twice"] =
            () => Of(Build.ConcatTokens("both", Tokens(5, 24), Tokens(4, 24, "y").SiLUAnd(y => y), Build.Sequence("z", 3, 24))
                .Linear(Layer(24, 24), 24)),
        ["channels of a picture"] =
            () => Of(Build.Input("x", 4, 6, 12).SiLU()
                .SiLUAnd(x => x.Channels(2, 5).Conv2d(Layer(8, 5), 8, 1).Plus(x.Channels(4, 8), "sum"))),
        ["token at largest"] = () => Of(new TokenOfText("pooled", Tokens(13, 24).SiLU(), Tokens(13, 1, "ids"))),
        ["token of text that ends"] = () => Of(new TokenOfText("pooled", Tokens(13, 24).SiLU(), Tokens(13, 1, "ids").Times(Row("none",
            1), "nothing"), end: 3)),
        ["double block"] = () => DoubleBlock(),
        ["single block"] = () => SingleBlock(),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Agrees(string name) => NetworkGraphTests.Compare(Networks[name](), Tolerance);

    [Fact]
    public void A_token_outside_the_table_is_refused()
    {
        NetworkGraph graph = Of(Tokens(2, 1).Embedding(Layer(40, 24), 40, 24));
        var error = Assert.Throws<LatentSharpException>(() => NetworkGraphTests.RunCpu(graph, new() { ["x"] = [3, 40] }));
        Assert.Contains("token 1 is 40", error.Message, StringComparison.Ordinal);
        Assert.Equal(Layer(40, 24).Take("weight", 40, 24).Read()[(3 * 24)..(4 * 24)],
            NetworkGraphTests.RunCpu(graph, new() { ["x"] = [3, 39] })["result"][..24]);
    }

    [Fact]
    public void What_is_cut_and_joined_is_not_copied()
    {
        IReadOnlyList<PlanStep> steps = DefaultDevice.Compile(SingleBlock()).Steps;
        Assert.DoesNotContain(steps, s => s.Operation is "Concat" or "Slice");
        Assert.Contains(steps, s => s.Operation == "LayerNorm Modulate Linear GeluTanh");
        Assert.Contains(steps, s => s.Operation == "Linear Gate Add");
    }

    // Whether weights are packed on the way or were packed in an earlier run changes no bit: the sums are formed in the same order.
    [Fact]
    public void Kept_weights_change_nothing()
    {
        NetworkGraph graph = DoubleBlock();
        Dictionary<string, float[]> inputs = NetworkGraphTests.Values(graph), expected = NetworkGraphTests.RunCpu(graph, inputs);
        Plan plan = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2, KeepWeights = true });
        Assert.True(plan.KeptBytes > 0);
        using PlanSession session = plan.Start();
        for (int run = 0; run < 3; run++)
        {
            Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
            session.Run(inputs.ToDictionary(p => p.Key, p => (ReadOnlyMemory<float>)p.Value),
                found.ToDictionary(p => p.Key, p => (Memory<float>)p.Value), cancellationToken: TestContext.Current.CancellationToken);
            foreach ((string name, float[] values) in found) Assert.Equal(expected[name], values);
        }
    }

    private static NetworkGraph Of(Node result)
        => new("sequence", new Output("result", result, result.Shape.Height == 1 ? Layout.ChannelsLast : Layout.ChannelsFirst));

    private static Node Tokens(int tokens, int channels, string name = "x") => Build.Sequence(name, tokens, channels);

    private static Node Row(string name, int channels) => Build.Sequence(name, 1, channels);

    private static Node Zero()
        => Build.Sequence("zero", 1, 1).Times(Build.Sequence("none", 1, 1), "nothing").Activate(ActivationKind.ReLU)
        .Times(new Parameter("nil", Nil()), "nil");

    private static WeightRef Nil()
    {
        var weights = new MemoryWeights();
        weights.Add("nil", [0f], 1, 1);
        return new WeightScope(weights).Take("nil", 1, 1);
    }

    // Rows are scaled so that results keep the size of their sources.
    private static WeightScope Layer(int rows, int columns, int seed = 1)
    {
        var weights = new MemoryWeights();
        weights.Add("l.weight", Array.ConvertAll(SmallNetworks.Values(rows * columns, seed), v => v * MathF.Sqrt(3f / columns)),
            rows, columns);
        weights.Add("l.bias", SmallNetworks.Values(rows, seed + 10), rows);
        return new WeightScope(weights, "l");
    }

    private static WeightScope Norm(int channels)
    {
        var weights = new MemoryWeights();
        weights.Add("n.weight", SmallNetworks.Values(channels, 21), channels);
        weights.Add("n.bias", SmallNetworks.Values(channels, 22), channels);
        return new WeightScope(weights, "n");
    }

    private static WeightRef Vector(int channels) => Norm(channels).Take("weight", channels);

    private static NetworkGraph Several(Node normal)
        => new("several", new Output("a", normal.Linear(Layer(24, 40), 24), Layout.ChannelsLast),
            new Output("b", normal.Linear(Layer(16, 40, seed: 3), 16), Layout.ChannelsLast));

    private static Node Shared(Node modulated) => modulated.Linear(Layer(24, 24), 24).Plus(modulated, "sum");

    private static Node GatedGelu(Node x)
        => x.Linear(Layer(24, 40), 24, bias: false).Activate(ActivationKind.GeluTanh)
        .Times(x.Linear(Layer(24, 40, seed: 3), 24, bias: false), "gated");

    private static Node GateOfItself(Node x)
        => x.PlusGated(x.Linear(Layer(40, 40), 40), Row("gate", 40), "sum").Activate(ActivationKind.SiLU);

    private static Node Residual(Node x)
    {
        x = x.Activate(ActivationKind.SiLU);
        x = x.Plus(x.LayerNorm(Norm(40), 1e-5f).Linear(Layer(24, 40), 24).Activate(ActivationKind.QuickGelu)
            .Linear(Layer(40, 24, seed: 3), 40), "first");
        return x.Plus(x.RmsNorm(Vector(40), 1e-6f).Linear(Layer(40, 40, seed: 5), 40), "second");
    }

    private static Node Table(int tokens, ImmutableArray<int> axes)
        => Build.Sequence("ids", tokens, axes.Length).RotaryTable(axes, 10_000, "angles");

    private static Node Chunks(Node x)
    {
        Node[] parts = x.Chunk(3);
        return parts[0].Activate(ActivationKind.SiLU).Plus(parts[2], "sum").Times(parts[1], "product");
    }

    private static Node Joined(Node x)
        => Build.Concat("joined", x.Linear(Layer(24, 40), 24).SiLU(), x.Channels(3, 11), x.Linear(Layer(7, 40, seed: 3), 7), x)
        .Linear(Layer(24, 82, seed: 5), 24);

    private static Node JoinedTokens(Node x, Node y)
    {
        Node both = Build.ConcatTokens("both", x.Linear(Layer(24, 40), 24), y, y.SiLU());
        return both.Linear(Layer(24, 24, seed: 3), 24).Tokens(9, 20).Plus(both.Tokens(2, 20), "sum");
    }

    private static NetworkGraph DoubleBlock()
    {
        const int hidden = 48, heads = 3;
        Node img = Build.Sequence("img", 20, hidden), txt = Build.Sequence("txt", 12, hidden), mod = Build.Sequence("vec", 1, hidden)
            .SiLU(), table = Table(32, [4, 6, 6]);
        Node[] im = mod.Linear(Layer(6 * hidden, hidden, seed: 31), 6 * hidden).Chunk(6),
            tm = mod.Linear(Layer(6 * hidden, hidden, seed: 32), 6 * hidden).Chunk(6);
        Node[] i = Qkv(img, im, 33), t = Qkv(txt, tm, 34);
        Node q = Build.ConcatTokens("q", t[0], i[0]).Rope(table), k = Build.ConcatTokens("k", t[1], i[1]).Rope(table),
            v = Build.ConcatTokens("v", t[2], i[2]);
        Node attended = Build.Attention(q, k, v, "attention", new(heads));
        img = Finish(img, attended.Tokens(12, 20), im, 40);
        txt = Finish(txt, attended.Tokens(0, 12), tm, 50);
        return new NetworkGraph("double block", new Output("img.out", img, Layout.ChannelsLast),
            new Output("txt.out", txt, Layout.ChannelsLast));

        Node[] Qkv(Node x, Node[] m, int seed)
        {
            Node[] qkv = x.LayerNorm(1e-6f).Modulate(m[1], m[0]).Linear(Layer(3 * hidden, hidden, seed), 3 * hidden).Chunk(3);
            return [qkv[0].RmsNorm(Vector(16), 1e-6f), qkv[1].RmsNorm(Vector(16), 1e-6f), qkv[2]];
        }

        Node Finish(Node x, Node found, Node[] m, int seed)
        {
            x = x.PlusGated(found.Linear(Layer(hidden, hidden, seed), hidden), m[2], "sum");
            Node h = x.LayerNorm(1e-6f).Modulate(m[4], m[3]).Linear(Layer(4 * hidden, hidden, seed + 1), 4 * hidden)
                .Activate(ActivationKind.GeluTanh);
            return x.PlusGated(h.Linear(Layer(hidden, 4 * hidden, seed + 2), hidden), m[5], "result");
        }
    }

    private static NetworkGraph SingleBlock()
    {
        const int hidden = 48, heads = 3, both = 7 * hidden;
        Node x = Build.Sequence("x", 32, hidden), table = Table(32, [4, 6, 6]);
        Node[] m = Build.Sequence("vec", 1, hidden).SiLU().Linear(Layer(3 * hidden, hidden, seed: 31), 3 * hidden).Chunk(3);
        Node h = x.LayerNorm(1e-6f).Modulate(m[1], m[0]);
        WeightScope linear1 = Layer(both, hidden, seed: 33);
        Node[] qkv = h.Linear(linear1, both, ..(3 * hidden)).Chunk(3);
        Node q = qkv[0].RmsNorm(Vector(16), 1e-6f).Rope(table), k = qkv[1].RmsNorm(Vector(16), 1e-6f).Rope(table);
        Node joined = Build.Concat("joined", Build.Attention(q, k, qkv[2], "attention", new(heads)),
            h.Linear(linear1, both, (3 * hidden)..).Activate(ActivationKind.GeluTanh));
        return new NetworkGraph("single block",
            new Output("out", x.PlusGated(joined.Linear(Layer(hidden, 5 * hidden, seed: 34), hidden), m[2], "sum"), Layout.ChannelsLast));
    }
}

file static class Chains
{
    // A result that two others read, so that it is in memory.
    public static Node SiLUAnd(this Node x, Func<Node, Node> build) => build(x.SiLU());
}
