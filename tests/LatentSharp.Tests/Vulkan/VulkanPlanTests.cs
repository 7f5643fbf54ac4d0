using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Tests.Cpu;
using LatentSharp.Vulkan;
using LatentSharp.Vulkan.Cards;
using LatentSharp.Vulkan.Memory;
using LatentSharp.Vulkan.Planning;
using LatentSharp.Vulkan.Running;

namespace LatentSharp.Tests.Vulkan;

/// <summary>
/// What a plan for a card promises: barriers where they are needed and nowhere else, its bytes, the same results however it is cut.
/// </summary>
public sealed class VulkanPlanTests
{
    [Fact]
    public void Every_barrier_is_needed_and_none_is_missing()
    {
        var plan = (VulkanPlan)VulkanNetwork.Shared.Compile(Network());
        Assert.Null(HazardChecker.Find(plan.Commands));
        int barriers = 0;
        for (int i = 0; i < plan.Commands.Count; i++)
        {
            if (!plan.Commands[i].HasBarrier) continue;
            barriers++;
            Assert.NotNull(HazardChecker.Find(plan.Commands, without: i));
        }
        Assert.True(barriers > 20, $"{barriers} barriers in {plan.Commands.Count} commands");
    }

    [Fact]
    public void Nothing_that_lives_at_the_same_time_shares_a_byte()
    {
        var plan = (VulkanPlan)VulkanNetwork.Shared.Compile(Network());
        Storage[] tensors = [.. plan.Commands.SelectMany(c => c.Uses).Select(u => u.Storage).OfType<Storage>().Distinct()];
        foreach (Storage a in tensors)
        {
            Assert.InRange(a.Offset + a.Bytes, 1, plan.Memory.Blocks[a.Block]);
            foreach (Storage b in tensors)
            {
                if (a == b || a.Block != b.Block || a.Last < b.First || b.Last < a.First) continue;
                Assert.True(a.Offset + a.Bytes <= b.Offset || b.Offset + b.Bytes <= a.Offset, $"{a.Name} and {b.Name}");
            }
        }
    }

    [Fact]
    public void The_peak_is_what_the_driver_is_asked_for()
    {
        var plan = (VulkanPlan)VulkanNetwork.Shared.Compile(Network(16, 24));
        using var session = (VulkanSession)plan.Start();
        Assert.InRange((double)session.AllocatedBytes / plan.PeakBytes, 0.98, 1.02);
    }

    public static TheoryData<string> Limits => ["range", "blocks", "threads", "groups", "work", "alignment", "all"];

    [Theory]
    [MemberData(nameof(Limits))]
    public void Narrower_limits_give_the_same_bytes(string which)
    {
        NetworkGraph graph = Network(20, 12);
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), expected = VulkanNetwork.Run(graph, input);
        using VulkanDevice narrow = VulkanNetwork.Device(l => Narrow(l, which));
        var plan = (VulkanPlan)narrow.Compile(graph);
        Assert.Null(HazardChecker.Find(plan.Commands));
        var wide = (VulkanPlan)VulkanNetwork.Shared.Compile(graph);
        if (which is "range" or "work" or "all") Assert.True(plan.Commands.Count > wide.Commands.Count, "there are bands");
        if (which is "blocks" or "all") Assert.True(plan.Memory.Blocks.Count > wide.Memory.Blocks.Count, "there are more blocks");
        Assert.Equal(expected, VulkanNetwork.Run(graph, input, narrow));
    }

    [Fact]
    public void Repeated_runs_and_sessions_side_by_side_give_the_same_bytes()
    {
        NetworkGraph graph = Network(9, 14);
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), expected = VulkanNetwork.Run(graph, input);
        Plan plan = VulkanNetwork.Shared.Compile(graph);
        using var cancelled = new CancellationTokenSource();
        float[][] results = [.. Enumerable.Range(0, 3).Select(_ => new float[expected.Length])];
        Thread[] threads = [.. results.Select((result, i) => new Thread(() =>
        {
            using PlanSession session = plan.Start();
            for (int run = 0; run < 2; run++) session.Run(input, result);
        }))];
        var stopped = new Thread(() =>
        {
            using PlanSession session = plan.Start();
            Assert.Throws<OperationCanceledException>(() => session.Run(input, new float[expected.Length],
                new Progress(_ => cancelled.Cancel()), cancelled.Token));
        });
        foreach (Thread thread in threads.Append(stopped)) thread.Start();
        foreach (Thread thread in threads.Append(stopped)) thread.Join();
        Assert.All(results, r => Assert.Equal(expected, r));
    }

    [Fact]
    public void A_budget_that_is_a_byte_too_small_is_met_with_less_memory_or_refused_before_anything_is_allocated()
    {
        NetworkGraph graph = Network();
        long needed = VulkanNetwork.Shared.Compile(graph).PeakBytes;
        Assert.Equal(needed, VulkanNetwork.Shared.Compile(graph, new ComputeOptions { MemoryBudget = needed }).PeakBytes);
        // Half: weights come for their steps. A byte less than that: words.
        var frugal = (VulkanPlan)VulkanNetwork.Shared.Compile(graph, new ComputeOptions { MemoryBudget = needed - 1 });
        Assert.True(frugal.PeakBytes < needed && frugal.KeptBytes == 0 && frugal.Weights.Count == 0, $"{frugal.PeakBytes} of {needed}");
        Assert.Null(HazardChecker.Find(frugal.Commands));
        foreach (long budget in (long[])[frugal.PeakBytes - 1, frugal.PeakBytes / 2, 1])
        {
            LatentSharpException error = Assert.Throws<LatentSharpException>(
                () => VulkanNetwork.Shared.Compile(graph, new ComputeOptions { MemoryBudget = budget }));
            Assert.Contains("at the least", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Weights_that_come_for_their_steps_give_the_same_bytes()
    {
        NetworkGraph graph = Network(9, 14);
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), output = new float[graph.Outputs[0].Shape.Count];
        Plan resident = VulkanNetwork.Shared.Compile(graph);
        Plan streamed = VulkanNetwork.Shared.Compile(graph, new ComputeOptions { MemoryBudget = resident.PeakBytes - 1 });
        using var session = (VulkanSession)streamed.Start();
        Assert.InRange((double)session.AllocatedBytes / streamed.PeakBytes, 0.98, 1.02);
        for (int run = 0; run < 2; run++)
        {
            session.Run(input, output);
            Assert.Equal(VulkanNetwork.Run(graph, input), output);
        }
    }

    [Fact]
    public void A_stream_of_large_values_stays_finite()
    {
        NetworkGraph graph = Network();
        float[] input = Array.ConvertAll(VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), v => v * 1e5f);
        VulkanNetwork.Check(graph, 1e-5, input: input);
    }

    [Fact]
    public void A_tensor_beyond_one_allocation_is_refused_with_words()
    {
        using VulkanDevice narrow = VulkanNetwork.Device(l => l with { Allocation = 4096, Block = 4096 });
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => narrow.Compile(Network(20, 12)));
        Assert.Contains("one allocation of this card", error.Message, StringComparison.Ordinal);
    }

    /// <summary>All of them together are larger than one allocation may be; none is asked for that is, and results stay.</summary>
    [Fact]
    public void Tensors_that_are_together_larger_than_one_allocation_lie_in_several()
    {
        const int most = 140 << 10;
        using VulkanDevice narrow = VulkanNetwork.Device(l => l with { Allocation = most, Block = most / 2 });
        NetworkGraph graph = Network(20, 12);
        var plan = (VulkanPlan)narrow.Compile(graph);
        Assert.True(plan.Memory.Total > most && plan.Memory.Blocks.Count > 3, $"{plan.Memory.Total} in {plan.Memory.Blocks.Count}");
        Assert.All(plan.Memory.Blocks, b => Assert.InRange(b, 1, most));
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3);
        Assert.Equal(VulkanNetwork.Run(graph, input), VulkanNetwork.Run(graph, input, narrow));
    }

    /// <summary>With the driver's word on what is free and without it, which lavapipe does not give.</summary>
    [Theory]
    [InlineData(2, null, 1.0)]
    [InlineData(8, null, 5.6)]
    [InlineData(8, 3.0, 2.7)]
    [InlineData(8, 0.0, 0.0)]
    public void The_room_for_a_plan_is_what_is_free_or_a_share_of_all(int memory, double? free, double room)
    {
        const double gigabyte = 1L << 30;
        var card = new VulkanCard(0, "card", VulkanCardKind.Discrete, "driver", (long)(memory * gigabyte), null);
        Assert.Equal(room, VulkanPlan.Room(card, free is { } f ? (long)(f * gigabyte) : null) / gigabyte, 1e-6);
    }

    [Fact]
    public void A_slow_card_is_given_short_lists_and_cancelling_takes_effect_at_once()
    {
        // As a card a thousand times slower than the slowest: a dispatch is a thousandth of the usual work.
        using VulkanDevice slow = VulkanNetwork.Device(l => l with { DispatchWork = 200_000 });
        NetworkGraph graph = Network(24, 24);
        using var session = (VulkanSession)slow.Compile(graph).Start();
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), output = new float[graph.Outputs[0].Shape.Count];
        List<double> reports = [];
        session.Run(input, output, new Progress(p => reports.Add(p.Fraction)));
        Assert.True(session.LongestSubmission < TimeSpan.FromSeconds(2), $"{session.LongestSubmission}");
        Assert.Equal(reports.Order(), reports);
        Assert.Equal(1, reports[^1], 1e-9);
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => session.Run(input, output, new Progress(_ => cancel.Cancel()), cancel.Token));
        var again = new float[output.Length];
        session.Run(input, again);
        Assert.Equal(output, again);
    }

    /// <summary>A network of everything that an autoencoder has.</summary>
    internal static NetworkGraph Network(int height = 6, int width = 5)
    {
        var network = new TestNetwork(8);
        Node x = network.Conv(Build.Input("x", height, width, 4), "in", 24, 3);
        x = network.Attention(network.Residual(x, "r1", 24, 4), "a", 4);
        x = network.Residual(x, "r2", 40, 4).Upsample2x();
        x = network.Conv(x, "up", 36, 3);
        x = network.Conv(x, "down", 20, 3, stride: 2, padding: new Padding(0, 0, 1, 1));
        return new NetworkGraph("everything", network.Conv(network.Norm(x.Plus(x.ReLU(), "s"), "n", 4).SiLU(), "out", 3, 3));
    }

    /// <summary>A network of few kernels, for tests that compile them many times.</summary>
    internal static NetworkGraph Small()
    {
        var network = new TestNetwork(9);
        Node x = network.Norm(network.Conv(Build.Input("x", 5, 3, 4), "in", 8, 3), "n", 4).SiLU();
        return new NetworkGraph("small", network.Conv(x, "out", 8, 3));
    }

    private static CardLimits Narrow(CardLimits limits, string which) => which switch
    {
        "range" => limits with { BufferRange = 72 << 10 },
        "blocks" => limits with { Block = 64 << 10 },
        "threads" => limits with { GroupThreads = 64 },
        "groups" => limits with { Groups = 8 },
        "work" => limits with { DispatchWork = 100_000 },
        "alignment" => limits with { Alignment = 4096 },
        _ => limits with
        {
            BufferRange = 72 << 10,
            Block = 64 << 10,
            GroupThreads = 64,
            Groups = 8,
            DispatchWork = 100_000,
            SharedBytes = 16_384,
        },
    };

    private sealed class Progress(Action<StepProgress> report) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => report(value);
    }
}
