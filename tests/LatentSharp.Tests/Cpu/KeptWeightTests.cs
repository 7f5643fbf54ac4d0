using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Simd;
using LatentSharp.Cpu.Threads;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Cpu;

/// <summary>
/// Weights that stay between the runs of a session, or are made in the step before: the results are those of a run that makes every weight
/// for itself, to the bit, and the source is asked once. The expected values are the engine's own without it, which other tests hold
/// against float64.
/// </summary>
public sealed class KeptWeightTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<SimdLevel> Levels => new(TestNetwork.Levels);

    [Theory]
    [MemberData(nameof(Levels))]
    public void Every_run_gives_the_same_bits(SimdLevel level)
    {
        NetworkGraph graph = Network();
        var device = new CpuDevice(level);
        float[] input = TestNetwork.RandomInput(graph, 5), other = TestNetwork.RandomInput(graph, 6);
        // One worker is never free before the others: nothing is made ahead.
        float[] expected = TestNetwork.Run(graph, input, new ComputeOptions { Device = device, Threads = 1 });
        float[] expectedOther = TestNetwork.Run(graph, other, new ComputeOptions { Device = device, Threads = 1 });
        foreach (bool keep in new[] { false, true })
        {
            using PlanSession session = device.Compile(graph, new ComputeOptions { Threads = 3, KeepWeights = keep }).Start();
            for (int run = 0; run < 3; run++)
            {
                Assert.Equal(expected, Run(session, input));
                Assert.Equal(expectedOther, Run(session, other));
            }
        }
    }

    // The collector calls finalizers in any order: here that of the memory comes before whoever else holds it gives it back.
    [Fact]
    public void Memory_that_has_seen_to_itself_is_not_freed_again()
    {
        var memory = new ArenaMemory(1 << 20, "test");
        MethodInfo finalizer = typeof(ArenaMemory).GetMethod("Finalize", BindingFlags.Instance | BindingFlags.NonPublic)!;
        finalizer.Invoke(memory, null);
        Assert.Equal(0, memory.Start);
        memory.Dispose();
        finalizer.Invoke(memory, null);
        Assert.Equal(0, memory.Start);
    }

    // Freed twice, the memory of one ends the process.
    [Fact]
    public void Sessions_that_nobody_disposed_of_give_their_weights_back()
    {
        NetworkGraph graph = Network();
        float[] input = TestNetwork.RandomInput(graph, 5);
        WeakReference[] forgotten = [.. Enumerable.Range(0, 50).Select(_ => Forgotten(graph, input))];
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.All(forgotten, session => Assert.False(session.IsAlive));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Forgotten(NetworkGraph graph, float[] input)
        {
            PlanSession session = new CpuDevice().Compile(graph, new ComputeOptions { Threads = 1, KeepWeights = true }).Start();
            Run(session, input);
            return new WeakReference(session);
        }
    }

    [Fact]
    public void Filters_are_read_once_in_the_life_of_a_session()
    {
        CountedWeights? counted = null;
        NetworkGraph graph = Network(new TestNetwork(1, all => counted ??= new CountedWeights(all)));
        float[] input = TestNetwork.RandomInput(graph, 5);
        string[] filters = [.. counted!.Tensors.Values.Where(t => t.Shape.Rank == 4).Select(t => t.Name)];
        Assert.Equal(12, filters.Length); // in; a: two; b: two and a shortcut; down; attention: four; out
        foreach ((bool keep, int times) in new[] { (true, 1), (false, 4) })
        {
            counted.Reads.Clear();
            using PlanSession session = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2, KeepWeights = keep }).Start();
            for (int run = 0; run < 4; run++) Run(session, input);
            Assert.All(filters, name => Assert.Equal(times * counted.Tensors[name].Shape.ElementCount, counted.Reads[name]));
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Layers_of_a_few_rows_and_of_many_are_read_once(SimdLevel level)
    {
        var weights = new MemoryWeights();
        var random = new Random(3);
        foreach ((string name, int rows, int columns) in new[] { ("few", 37, 40), ("many", 45, 40) })
        {
            weights.Add($"{name}.weight", [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)], rows, columns);
            weights.Add($"{name}.bias", [.. Enumerable.Range(0, rows).Select(_ => random.NextSingle())], rows);
        }
        var counted = new CountedWeights(weights);
        Node few = Build.Sequence("x", 3, 40).Linear(new WeightScope(counted, "few"), 37),
            many = Build.Sequence("y", 50, 40).Linear(new WeightScope(counted, "many"), 45);
        var graph = new NetworkGraph("layers", new Output("few", few, Layout.ChannelsLast), new Output("many", many, Layout.ChannelsLast));
        float[][] inputs = [Values(3 * 40, 1), Values(50 * 40, 2)], expected = [];
        foreach (bool keep in new[] { false, true })
        {
            counted.Reads.Clear();
            using PlanSession session = new CpuDevice(level).Compile(graph, new ComputeOptions { Threads = 2, KeepWeights = keep }).Start();
            for (int run = 0; run < 3; run++)
            {
                float[][] found = [new float[3 * 37], new float[50 * 45]];
                session.Run(new Dictionary<string, ReadOnlyMemory<float>> { ["x"] = inputs[0], ["y"] = inputs[1] },
                    new Dictionary<string, Memory<float>> { ["few"] = found[0], ["many"] = found[1] }, cancellationToken: Cancel);
                expected = expected.Length == 0 ? found : expected;
                for (int i = 0; i < 2; i++) Assert.Equal(expected[i], found[i]);
            }
            int times = keep ? 1 : 3;
            Assert.Equal(times * 37 * 40, counted.Reads["few.weight"]);
            Assert.Equal(times * 45 * 40, counted.Reads["many.weight"]);
        }
    }

    [Fact]
    public void A_cancelled_first_run_leaves_nothing_half_made()
    {
        NetworkGraph graph = Network();
        float[] input = TestNetwork.RandomInput(graph, 5);
        float[] expected = TestNetwork.Run(graph, input, new ComputeOptions { Threads = 2 });
        Plan plan = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2, KeepWeights = true });
        for (int stop = 1; stop < plan.Steps.Count; stop++)
        {
            using PlanSession session = plan.Start();
            using var source = new CancellationTokenSource();
            int steps = 0;
            Assert.Throws<OperationCanceledException>(() => session.Run(input, new float[expected.Length], new Listener(() =>
            {
                if (++steps == stop) source.Cancel();
            }), source.Token));
            Assert.Equal(expected, Run(session, input));
        }
    }

    [Fact]
    public void The_budget_decides_how_much_stays_and_the_plan_says_so()
    {
        NetworkGraph graph = Network();
        float[] input = TestNetwork.RandomInput(graph, 5);
        float[] expected = TestNetwork.Run(graph, input, new ComputeOptions { Threads = 2 });
        Plan none = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 }),
            all = DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2, KeepWeights = true });
        Assert.Equal(0, none.KeptBytes);
        Assert.DoesNotContain(none.Steps, s => s.Weights == WeightLife.Session);
        Assert.DoesNotContain(all.Steps, s => s.Weights is WeightLife.Step or WeightLife.StepBefore);
        Assert.Equal(all.Steps.Sum(s => s.WeightBytes), all.KeptBytes, 64.0 * all.Steps.Count);
        long before = -1;
        foreach (double part in new[] { 0, 0.3, 0.7, 1 })
        {
            var options = new ComputeOptions
            {
                Threads = 2, KeepWeights = true,
                MemoryBudget = none.PeakBytes + (long)(part * (all.KeptBytes + 8192))
            };
            Plan plan = DefaultDevice.Compile(graph, options);
            Assert.InRange(plan.PeakBytes, 0, options.MemoryBudget.Value);
            Assert.InRange(plan.KeptBytes, before + 1, long.MaxValue);
            before = plan.KeptBytes;
            using PlanSession session = plan.Start();
            for (int run = 0; run < 2; run++) Assert.Equal(expected, Run(session, input));
        }
        Assert.Equal(all.KeptBytes, before);
    }

    [Fact]
    public void Making_weights_in_the_step_before_takes_no_more_memory()
    {
        // Large pictures beside small weights: there is room.
        Plan plan = EmbeddedAutoencoder.Shared.PlanDecode(256, 256, new ComputeOptions { Threads = 2 });
        Assert.Contains(plan.Steps, s => s.Weights == WeightLife.StepBefore);
        // Storages: each one's life as it would be without, and a step longer where it is welcome.
        Storage[] Storages(bool welcome)
            => [.. Enumerable.Range(0, 40)
                .Select(i => new Storage(64 * (1 + i * 37 % 11), i) { Last = Math.Min(40, i + i % 3),
                    Welcome = welcome ? Math.Max(0, i - 1) : i })];
        Storage[] without = Storages(false), with = Storages(true);
        Assert.Equal(Arena.Place(without), Arena.Place(with));
        Assert.Contains(with, s => s.First < s.Needed);
        Assert.All(with,
            s => Assert.DoesNotContain(with,
                o => o != s && o.First <= s.Last && s.First <= o.Last && o.Offset < s.Offset + s.Bytes && s.Offset < o.Offset + o.Bytes));
    }

    [Fact]
    public void Offered_units_are_done_once_each_by_whoever_is_free()
    {
        using var crew = new WorkerCrew(3);
        crew.Begin(Cancel);
        var done = new int[500];
        crew.Offer(done.Length, (unit, _) => Interlocked.Increment(ref done[unit]));
        using var gate = new ManualResetEventSlim();
        // One unit of the loop waits until others, who have nothing left in it, have taken something from the offer.
        crew.For(1, (_, _) => SpinWait.SpinUntil(() => Volatile.Read(ref done[0]) > 0, TimeSpan.FromSeconds(30)));
        Assert.Equal(1, done[0]);
        crew.Finish();
        Assert.All(done, count => Assert.Equal(1, count));
    }

    [Fact]
    public void An_autoencoder_keeps_the_weights_of_its_last_sizes_until_it_is_disposed()
    {
        Autoencoder ae = EmbeddedAutoencoder.Shared;
        var keep = new DecodeOptions { Compute = new ComputeOptions { Threads = 2, KeepWeights = true } };
        Latent[] latents =
            [.. new[] { (4, 4), (3, 5), (4, 4), (3, 5) }.Select(
                (s, i) => new Latent(LatentSpace.Flux1, Values(16 * s.Item1 * s.Item2, i), 1, s.Item1, s.Item2))];
        foreach (Latent latent in latents)
            Assert.Equal(ae.Decode(latent, cancellationToken: Cancel).Values, ae.Decode(latent, keep, cancellationToken: Cancel).Values);
        float[][] together = new float[4][];
        Parallel.For(0, 4, i => together[i] = ae.Decode(latents[i], keep, cancellationToken: Cancel).Values);
        for (int i = 0; i < 4; i++) Assert.Equal(ae.Decode(latents[i], cancellationToken: Cancel).Values, together[i]);
        ae.Dispose(); // what the application brought along stays usable; what was kept is given back
        Assert.Equal(together[0], ae.Decode(latents[0], keep, cancellationToken: Cancel).Values);
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    private static float[] Run(PlanSession session, float[] input)
    {
        var output = new float[session.Plan.Outputs[0].Shape.Count];
        session.Run(input, output, cancellationToken: Cancel);
        return output;
    }

    private static NetworkGraph Network() => Network(new TestNetwork(1));

    // Both algorithms of convolutions, a block that halves its channels in place, attention.
    private static NetworkGraph Network(TestNetwork net)
    {
        Node x = net.Conv(Build.Input("x", 30, 26, 3), "in", 64, 3);
        x = net.Residual(net.Residual(x, "a", 64, 16), "b", 32, 8);
        x = net.Attention(net.Conv(x, "down", 32, 3, stride: 2), "attn", 8);
        return new NetworkGraph("small", net.Conv(net.Norm(x, "norm", 8).SiLU(), "out", 3, 3));
    }

    /// <summary>Counts the values that are read of each tensor.</summary>
    private sealed class CountedWeights(WeightSource inner) : WeightSource
    {
        public ConcurrentDictionary<string, long> Reads { get; } = new();

        public override string Name => inner.Name;

        public override IReadOnlyDictionary<string, TensorInfo> Tensors => inner.Tensors;

        public override IReadOnlyDictionary<string, string> Metadata => inner.Metadata;

        public override void Read(TensorInfo tensor, long first, Span<float> destination)
        {
            Count(tensor, destination.Length);
            inner.Read(tensor, first, destination);
        }

        public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
        {
            Count(tensor, destination.Length / sizeof(float));
            inner.ReadBytes(tensor, offset, destination);
        }

        private void Count(TensorInfo tensor, int values) => Reads.AddOrUpdate(tensor.Name, values, (_, before) => before + values);
    }

    private sealed class Listener(Action hear) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => hear();
    }
}
