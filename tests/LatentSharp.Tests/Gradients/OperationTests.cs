using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Gradients;

/// <summary>
/// Results and gradients of the 29 single operations of shared/golden/gradients (PyTorch autograd in float64), by the float64 executor and
/// by the processor. The gradient is that of sum(out * dy).
/// </summary>
public sealed class OperationTests
{
    // Both sides are float64; what is left is the rounding of the expected values, and epsilons that are float32.
    private const double Rounding = 1e-6;

    private static readonly Window ThreeByThree = new(3, 3, 1, Padding.All(1), 1);

    private static readonly Dictionary<string, Func<GoldenOperation, (Node Out, Form Form)>> Operations = new()
    {
        ["abs_error"] = o => (Pointwise(Losses.Difference(o.Input("x", Form.Values), o.Input("y", Form.Values)), PointFunctionKind.Abs), Form.Values),
        ["attention"] = o => Attention(o, 2),
        ["attention_large_logits"] = o => Attention(o, 1),
        ["attention_one_token"] = o => Attention(o, 1),
        ["clamp"] = o => (Losses.Clamped(o.Input("x", Form.Values)), Form.Values),
        ["conv1x1"] = o => Convolution(o, new Window(1, 1, 1, default, 1), true),
        ["conv3x3"] = o => Convolution(o, ThreeByThree, true),
        ["conv3x3_stride2_pad1"] = o => Convolution(o, ThreeByThree with { Stride = 2 }, false),
        ["downsample_asymmetric"] = o => Convolution(o, ThreeByThree with { Stride = 2, Padding = new(0, 0, 1, 1) }, true),
        ["downsample_asymmetric_odd"] = o => Convolution(o, ThreeByThree with { Stride = 2, Padding = new(0, 0, 1, 1) }, true),
        ["gated_residual"] = o => (new Gate("g", o.Input("x", Form.Sequences), o.Input("h", Form.Sequences), o.Input("gate", Form.Rows)), Form.Sequences),
        ["gelu_tanh"] = o => Activation(o, ActivationKind.GeluTanh),
        ["group_norm"] = GroupNorm,
        ["group_norm_one_pixel"] = GroupNorm,
        ["group_norm_small"] = GroupNorm,
        ["group_norm_two_values"] = GroupNorm,
        ["kl_per_image"] = o => (Losses.KL(o.Input("mean", Form.Pictures), o.Input("logvar", Form.Pictures)), Form.Rows),
        ["layer_norm"] = o => (new LayerNorm("n", o.Input("x", Form.Sequences), null, null, 1e-6f), Form.Sequences),
        ["linear"] = o => (new Linear("l", o.Input("x", Form.Sequences), o.Weight("w"), o.Weight("b")), Form.Sequences),
        ["modulation"] = o => (new Modulate("m", new LayerNorm("n", o.Input("x", Form.Sequences), null, null, 1e-6f), o.Input("scale", Form.Rows),
            o.Input("shift", Form.Rows)), Form.Sequences),
        ["relu"] = o => Activation(o, ActivationKind.ReLU),
        ["rms_norm"] = o => (new RmsNorm("n", o.Input("x", Form.Vectors), o.Weight("scale"), null, 1e-6f), Form.Vectors),
        ["rope"] = o => (new Rope("r", o.Input("x", Form.Heads), Table(o)), Form.Heads),
        ["sample_gaussian"] = o => (Losses.Sample(o.Input("mean", Form.Pictures), o.Input("logvar", Form.Pictures), o.Input("noise", Form.Pictures)),
            Form.Pictures),
        ["softmax"] = Softmax,
        ["swish"] = o => Activation(o, ActivationKind.SiLU),
        ["swish_large"] = o => Activation(o, ActivationKind.SiLU),
        ["tanh_clamp"] = o => Activation(o, ActivationKind.TanhClamp3),
        ["upsample_nearest2"] = o => (o.Input("x", Form.Pictures).Upsample2x(), Form.Pictures),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Result_and_gradients_are_those_of_autograd(string name)
    {
        var golden = new Golden("gradients/ops-io.safetensors");
        var operation = new GoldenOperation(golden, name);
        (Node result, Form form) = Operations[name](operation);
        var seed = new Input("dy", result.Shape, form == Form.Pictures ? Layout.ChannelsFirst : Layout.ChannelsLast);
        GradientNodes nodes = ReversePass.Of(result, seed, w => golden.Has($"{name}.d.{w.Name}"),
            new NetworkGraph(name, result).Inputs.Where(i => golden.Has($"{name}.d.{i.Name}")));
        var graph = new NetworkGraph(name, [new Output("out", result, seed.Layout),
            .. nodes.Results.Select(g => new Output("d." + g.Node.Name, g.Value, ((Input)g.Node).Layout)),
            .. nodes.Weights.Select(g => new Output("d." + g.Weight.Name, g.Value, Layout.ChannelsLast))]);
        string[] wanted = [.. golden.Names.Where(n => n.StartsWith(name + ".d.", StringComparison.Ordinal)).Select(n => n[(name.Length + 1)..])];
        Assert.Equal(wanted.Append("out").Order(), graph.Outputs.Select(o => o.Name).Order());

        var sums = new Dictionary<string, (double[] Exact, double[] Cpu)>();
        for (int item = 0; item < operation.Items("dy", form); item++)
        {
            Dictionary<string, float[]> inputs = graph.Inputs.ToDictionary(i => i.Name, i => i.Name == "table" ? OfTable(operation)
                : operation.Item(i.Name, i.Name == "dy" ? form : operation.Forms[i.Name], item));
            Dictionary<string, double[]> exact = ReferenceExecutor.Run(graph, inputs), cpu = RunCpu(graph, inputs);
            foreach (Output output in graph.Outputs)
            {
                if (output.Name[2..] is var of && operation.Forms.TryGetValue(of, out Form own) || output.Name == "out" && (own = form) == form)
                    Check($"{name}.{output.Name}", operation.Item(output.Name, own, item), exact[output.Name], cpu[output.Name]);
                else if (sums.TryGetValue(output.Name, out var sum))
                    sums[output.Name] = (Plus(sum.Exact, exact[output.Name]), Plus(sum.Cpu, cpu[output.Name]));
                else sums[output.Name] = (exact[output.Name], cpu[output.Name]);
            }
        }
        foreach ((string of, (double[] exact, double[] cpu)) in sums) Check($"{name}.{of}", golden[$"{name}.{of}"], exact, cpu);

        void Check(string tensor, float[] expected, double[] exact, double[] cpu)
        {
            double largest = expected.Max(Math.Abs);
            Assert.Equal(expected.Length, exact.Length);
            Assert.InRange(Error(expected, exact), 0, Math.Max(1e-9, Rounding * largest));
            Assert.InRange(Error(expected, cpu), 0, golden.Tolerance(tensor));
        }
    }

    private static double Error(float[] expected, double[] found) => expected.Zip(found, (e, f) => Math.Abs(e - f)).Max();

    private static double[] Plus(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a + b)];

    private static Dictionary<string, double[]> RunCpu(NetworkGraph graph, Dictionary<string, float[]> inputs)
    {
        Dictionary<string, float[]> outputs = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        using PlanSession session = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 }).Start();
        session.Run(inputs.ToDictionary(i => i.Key, i => (ReadOnlyMemory<float>)i.Value),
            outputs.ToDictionary(o => o.Key, o => o.Value.AsMemory()),
            cancellationToken: TestContext.Current.CancellationToken);
        return outputs.ToDictionary(o => o.Key, o => Array.ConvertAll(o.Value, v => (double)v));
    }

    private static (Node, Form) Activation(GoldenOperation o, ActivationKind kind)
        => (new Activation("a", o.Input("x", Form.Values), kind), Form.Values);

    private static Pointwise Pointwise(Node x, PointFunctionKind kind) => new("f", x, new PointFunction(kind));

    private static (Node, Form) Convolution(GoldenOperation o, Window window, bool bias)
        => (new Conv2d("c", o.Input("x", Form.Pictures), o.Weight("w"), bias ? o.Weight("b") : null, window), Form.Pictures);

    private static (Node, Form) GroupNorm(GoldenOperation o)
        => (new GroupNorm("n", o.Input("x", Form.Pictures), o.Weight("w"), o.Weight("b"), 32, 1e-6f), Form.Pictures);

    private static (Node, Form) Attention(GoldenOperation o, int heads)
        => (new Attention("a", o.Input("q", Form.Heads), o.Input("k", Form.Heads), o.Input("v", Form.Heads), new(heads)), Form.Heads);

    // softmax(x I) I: there is no softmax without attention.
    private static (Node, Form) Softmax(GoldenOperation o)
    {
        Node x = o.Input("x", Form.Vectors);
        int n = x.Shape.Channels;
        var one = new float[n * n];
        for (int i = 0; i < n; i++) one[i * n + i] = 1;
        var identity = new Parameter("identity", Constants.Tensor("identity", one, n, n));
        return (new Attention("a", x, identity, identity, new(1, 1)), Form.Vectors);
    }

    private static Input Table(GoldenOperation o)
        => new("table", FeatureShape.Sequence(o.ShapeOf("x", Form.Heads).Width, 8), Layout.ChannelsLast);

    // The file does not hold the angles; the first head, whose input and result are known, tells them: 8 channels, 4 pairs.
    private static float[] OfTable(GoldenOperation o)
    {
        float[] x = o.Item("x", Form.Heads, 0), y = o.Item("out", Form.Heads, 0);
        int tokens = o.ShapeOf("x", Form.Heads).Width, channels = o.ShapeOf("x", Form.Heads).Channels;
        var table = new float[tokens * 8];
        for (int t = 0; t < tokens; t++)
            for (int pair = 0; pair < 4; pair++)
            {
                int i = t * channels + 2 * pair;
                double square = (double)x[i] * x[i] + (double)x[i + 1] * x[i + 1];
                table[t * 8 + pair] = (float)(((double)x[i] * y[i] + (double)x[i + 1] * y[i + 1]) / square);
                table[t * 8 + 4 + pair] = (float)(((double)x[i] * y[i + 1] - (double)x[i + 1] * y[i]) / square);
            }
        return table;
    }
}
