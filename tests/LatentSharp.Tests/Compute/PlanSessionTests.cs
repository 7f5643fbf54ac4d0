using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.OnnxRuntime;
using LatentSharp.Tests.Cpu;
using LatentSharp.Tests.Onnx;

namespace LatentSharp.Tests.Compute;

/// <summary>What a session promises: many runs, one at a time, cancelled or not; and what options and devices refuse by name.</summary>
public sealed class PlanSessionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Commands that have no --size refuse so too: what they advise has to be there.
    [Fact]
    public void What_no_machine_holds_is_refused_with_advice_that_every_command_can_follow()
        => Assert.Equal(RemedyKind.PlanPicture,
            Assert.Throws<LatentSharpException>(() => MemoryBudget.RequireMachine(long.MaxValue, "ae", "a picture")).Remedy!.Kind);

    [Fact]
    public void Many_runs_of_one_session_give_what_runs_of_their_own_give()
    {
        NetworkGraph graph = Small();
        Plan plan = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 });
        using PlanSession session = plan.Start();
        for (int seed = 0; seed < 4; seed++)
        {
            float[] input = TestNetwork.RandomInput(graph, seed), alone = new float[graph.Outputs[0].Shape.Count],
                together = new float[alone.Length];
            plan.Run(input, alone, cancellationToken: Cancel);
            session.Run(input, together, cancellationToken: Cancel);
            Assert.Equal(alone, together);
        }
    }

    [Fact]
    public void After_a_cancelled_run_the_next_one_is_right()
    {
        NetworkGraph graph = Small();
        Plan plan = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 });
        float[] input = TestNetwork.RandomInput(graph, 1), expected = new float[graph.Outputs[0].Shape.Count],
            found = new float[expected.Length];
        plan.Run(input, expected, cancellationToken: Cancel);
        using PlanSession session = plan.Start();
        // At every step once, the last included: a cancelled run never passes for a complete one.
        for (int stop = 1; stop < plan.Steps.Count; stop++)
        {
            using var source = new CancellationTokenSource();
            int steps = 0;
            Assert.Throws<OperationCanceledException>(() => session.Run(input, found, new Listener(() =>
            {
                if (++steps == stop) source.Cancel();
            }), source.Token));
        }
        session.Run(input, found, cancellationToken: Cancel);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void A_session_runs_once_at_a_time_and_ends_when_its_run_does()
    {
        NetworkGraph graph = Small();
        float[] input = TestNetwork.RandomInput(graph, 1), output = new float[graph.Outputs[0].Shape.Count],
            expected = new float[output.Length];
        Plan plan = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 });
        plan.Run(input, expected, cancellationToken: Cancel);
        PlanSession session = plan.Start();
        int refused = 0;
        session.Run(input, output, new Listener(() =>
        {
            if (refused++ > 0) return;
            Assert.Throws<InvalidOperationException>(() => session.Run(input, new float[expected.Length], cancellationToken: Cancel));
            session.Dispose();
        }), Cancel);
        Assert.InRange(refused, 1, int.MaxValue);
        Assert.Equal(expected, output);
        Assert.Throws<ObjectDisposedException>(() => session.Run(input, output, cancellationToken: Cancel));
        session.Dispose();
    }

    [Fact]
    public void Sessions_of_one_plan_run_at_the_same_time()
    {
        NetworkGraph graph = Small();
        Plan plan = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 });
        float[][] inputs = [.. Enumerable.Range(0, 4).Select(seed => TestNetwork.RandomInput(graph, seed))];
        float[][] alone = [.. inputs.Select(Run)], together = new float[inputs.Length][];
        Parallel.For(0, inputs.Length, i => together[i] = Run(inputs[i]));
        Assert.Equal(alone, together);

        float[] Run(float[] input)
        {
            var output = new float[graph.Outputs[0].Shape.Count];
            plan.Run(input, output, cancellationToken: Cancel);
            return output;
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5000)]
    public void Threads_that_there_cannot_be_are_refused_by_name(int threads)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new ComputeOptions { Threads = threads });
        Assert.Equal("Threads", error.ParamName);
        Assert.Contains("1024", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-5L)]
    public void A_budget_of_nothing_is_refused_by_name(long budget)
        => Assert.Equal("MemoryBudget",
            Assert.Throws<ArgumentOutOfRangeException>(() => new ComputeOptions { MemoryBudget = budget }).ParamName);

    [Fact]
    public void A_provider_that_is_not_there_is_refused_by_name()
    {
        Require();
        var error = Assert.Throws<LatentSharpException>(() => new OnnxDevice(new OnnxOptions { Provider = "abacus" }));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains("abacus", error.Message, StringComparison.Ordinal);
        Assert.Contains("cpu", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_that_a_device_cannot_keep_is_refused()
    {
        Require();
        var error = Assert.Throws<LatentSharpException>(
            () => new OnnxDevice().Compile(SmallNetworks.All["relu"](), new ComputeOptions { MemoryBudget = 1 << 30 }));
        Assert.Contains("budget", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_precision_that_a_device_does_not_compute_in_is_refused()
    {
        Require();
        var error = Assert.Throws<LatentSharpException>(
            () => new OnnxDevice().Compile(SmallNetworks.All["relu"](), new ComputeOptions { Precision = Precision.Int8 }));
        Assert.Contains("Int8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_device_decodes_what_the_processor_decodes()
    {
        Require();
        var latent = new Latent(LatentSpace.Flux1, SmallNetworks.Values(16 * 3 * 4, seed: 3), 1, 3, 4);
        float[] ours = EmbeddedAutoencoder.Shared.Decode(latent, cancellationToken: Cancel).Values;
        var options = new DecodeOptions { Compute = new ComputeOptions { Device = new OnnxDevice(), Threads = 1 } };
        float[] theirs = EmbeddedAutoencoder.Shared.Decode(latent, options, cancellationToken: Cancel).Values;
        // Both are float32 evaluations of one network whose pixels are nominally in [-1, 1]; docs/correctness.md allows 1e-3 against
        // float64.
        Assert.InRange(ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-3);
    }

    private static void Require()
    {
        if (OnnxDevice.RuntimeVersion is null) Assert.Skip("ONNX Runtime has no native library for this system");
    }

    private static NetworkGraph Small()
    {
        var net = new TestNetwork(1);
        Node x = net.Conv(Build.Input("x", 24, 20, 3), "in", 32, 3);
        return new NetworkGraph("small", net.Conv(net.Norm(net.Residual(x, "block", 32, 8), "norm", 8).SiLU(), "out", 3, 3));
    }

    private sealed class Listener(Action hear) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => hear();
    }
}
