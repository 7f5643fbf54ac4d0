using CsCheck;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Memory;
using LatentSharp.Graph;

namespace LatentSharp.Tests.Cpu;

public class PlanTests
{
    [Fact]
    public void Storages_that_live_together_do_not_overlap()
    {
        Gen.Select(Gen.Int[1, 100_000], Gen.Int[0, 30], Gen.Int[0, 10]).Array[1, 40].Sample(pieces =>
        {
            Storage[] storages = [.. pieces.Select(p => new Storage(p.Item1, p.Item2) { Last = p.Item2 + p.Item3 })];
            long size = Arena.Place(storages);
            for (int i = 0; i < storages.Length; i++)
            {
                Assert.InRange(storages[i].Offset, 0, size - storages[i].Bytes);
                for (int j = 0; j < i; j++)
                {
                    bool together = storages[i].First <= storages[j].Last && storages[j].First <= storages[i].Last;
                    bool overlap = storages[i].Offset < storages[j].Offset + storages[j].Bytes
                        && storages[j].Offset < storages[i].Offset + storages[i].Bytes;
                    Assert.False(together && overlap);
                }
            }
        });
    }

    [Fact]
    public void Progress_rises_to_one_and_names_every_step()
    {
        NetworkGraph graph = Small();
        Plan plan = DefaultDevice.Compile(graph);
        var seen = new List<StepProgress>();
        plan.Run(TestNetwork.RandomInput(graph, 1), new float[graph.Outputs[0].Shape.Count], new Collector(seen),
            TestContext.Current.CancellationToken);
        Assert.Equal(plan.Steps.Select(s => s.Name), seen.Select(s => s.Step));
        Assert.Equal(seen.Select(s => s.Fraction).Order(), seen.Select(s => s.Fraction));
        Assert.Equal(1, seen[^1].Fraction, 12);
    }

    [Fact]
    public void Attention_reports_while_it_is_computed()
    {
        // 40 x 40 positions are 7 units of 256 keys that are packed and 17 of 96 queries; one worker finishes all of them.
        var net = new TestNetwork(3);
        var graph = new NetworkGraph("net", net.Attention(net.Conv(Build.Input("x", 40, 40, 3), "in", 32, 1), "attn", 8));
        var seen = new List<StepProgress>();
        DefaultDevice.Compile(graph, new ComputeOptions { Threads = 1 })
            .Run(TestNetwork.RandomInput(graph, 1), new float[graph.Outputs[0].Shape.Count], new Collector(seen),
                TestContext.Current.CancellationToken);
        Assert.Equal(7 + 17 + 1, seen.Count(s => s.Step == "attn"));
        Assert.Equal(seen.Select(s => s.Fraction).Order(), seen.Select(s => s.Fraction));
    }

    [Fact]
    public void Cancelling_in_the_middle_ends_the_run()
    {
        NetworkGraph graph = Small();
        using var source = new CancellationTokenSource();
        int steps = 0;
        var stop = new Stopper(() =>
        {
            if (++steps == 3) source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(
            () => DefaultDevice.Compile(graph)
                .Run(TestNetwork.RandomInput(graph, 1), new float[graph.Outputs[0].Shape.Count], stop, source.Token));
        Assert.Equal(3, steps);
    }

    [Fact]
    public void A_budget_below_the_need_is_refused_with_the_figure_that_would_do()
    {
        NetworkGraph graph = Small();
        long need = DefaultDevice.Compile(graph).PeakBytes;
        Assert.Equal(need, DefaultDevice.Compile(graph, new ComputeOptions { MemoryBudget = need }).PeakBytes);
        var error = Assert.Throws<LatentSharpException>(() => DefaultDevice.Compile(graph, new ComputeOptions { MemoryBudget = 1000 }));
        Assert.Contains("would do", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_smaller_budget_gives_the_same_bits()
    {
        // Wide enough that blocks are streamed (rows of more than 36 tiles), two enlargements, blocks that keep and blocks that halve their
        // channels.
        var net = new TestNetwork(2);
        Node x = net.Conv(Build.Input("x", 61, 64, 4), "in", 64, 3);
        x = net.Residual(x, "a", 64, 16);
        x = net.Residual(net.Residual(net.Conv(x.Upsample2x(), "up1", 64, 3), "b", 32, 8), "c", 32, 8);
        x = net.Residual(net.Residual(net.Conv(x.Upsample2x(), "up2", 32, 3), "d", 16, 4), "e", 16, 4);
        var graph = new NetworkGraph("net", net.Conv(net.Norm(x, "norm", 4).SiLU(), "out", 3, 3));
        float[] input = TestNetwork.RandomInput(graph, 3);
        Plan full = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 });
        float[] expected = TestNetwork.Run(graph, input, new ComputeOptions { Threads = 2 });
        var error = Assert.Throws<LatentSharpException>(
            () => DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2, MemoryBudget = 1 }));
        Assert.Contains("most frugal", error.Message, StringComparison.Ordinal);
        var peaks = new HashSet<long>();
        foreach (double part in new[] { 0.99, 0.9, 0.8, 0.7, 0.6, 0.5 })
        {
            var options = new ComputeOptions { Threads = 2, MemoryBudget = (long)(full.PeakBytes * part) };
            try
            {
                Plan plan = DefaultDevice.Compile(graph, options);
                Assert.InRange(plan.PeakBytes, 0, options.MemoryBudget.Value);
                if (peaks.Add(plan.PeakBytes)) Assert.Equal(expected, TestNetwork.Run(graph, input, options));
            }
            catch (LatentSharpException)
            {
                break;
            }
        }
        Assert.NotEmpty(peaks);
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        Plan plan = DefaultDevice.Compile(Small());
        Assert.Throws<ArgumentException>(
            () => plan.Run(new float[1], new float[plan.Outputs[0].Shape.Count], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(
            () => plan.Run(new float[plan.Inputs[0].Shape.Count], new float[1], cancellationToken: TestContext.Current.CancellationToken));
    }

    private static NetworkGraph Small()
    {
        var net = new TestNetwork(1);
        Node x = net.Conv(Build.Input("x", 24, 20, 3), "in", 32, 3);
        return new NetworkGraph("small", net.Conv(net.Norm(net.Residual(x, "block", 32, 8), "norm", 8).SiLU(), "out", 3, 3));
    }

    private sealed class Collector(List<StepProgress> seen) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => seen.Add(value);
    }

    private sealed class Stopper(Action action) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => action();
    }
}
