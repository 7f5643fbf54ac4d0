using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Tests.Cpu;

/// <summary>
/// Blocks as the networks have them: normalisation joined to convolutions, sums in place, heads that write over their input, streaming
/// attention. The reference is the float64 executor; 5e-5 allows for two Winograd convolutions in a row (see
/// <see cref="ConvolutionTests"/>).
/// </summary>
public class BlockTests
{
    private const double Tolerance = 5e-5;

    public static TheoryData<SimdLevel> Levels => new(TestNetwork.Levels);

    [Theory]
    [MemberData(nameof(Levels))]
    public void Residual_block_with_equal_channels(SimdLevel level)
    {
        var net = new TestNetwork(1);
        Node x = net.Conv(Build.Input("x", 21, 37, 3), "in", 32, 3);
        Assert.InRange(TestNetwork.Error(net.Residual(x, "block", 32, 8), level), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Residual_block_that_halves_the_channels_writes_over_its_input(SimdLevel level)
    {
        var net = new TestNetwork(2);
        Node x = net.Conv(Build.Input("x", 37, 43, 3), "in", 64, 3);
        Node y = net.Residual(net.Residual(net.Residual(x, "a", 32, 8), "b", 32, 8), "c", 32, 8);
        Assert.InRange(TestNetwork.Error(y, level), 0, Tolerance);
        Plan plan = DefaultDevice.Compile(new NetworkGraph("net", y), new ComputeOptions { Threads = 1, Device = new CpuDevice(level) });
        Assert.Contains(plan.Steps, s => s.Operation.Contains("in place", StringComparison.Ordinal));
        // Input, halves and results of all three blocks fit into the 64 channels of the block's input, beside the small picture that goes
        // in.
        Assert.InRange(plan.Steps.Max(s => s.LiveBytes), 37 * 43 * 64 * 4, 37 * 43 * (64 + 3) * 4 + 128);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Residual_block_that_doubles_the_channels(SimdLevel level)
    {
        var net = new TestNetwork(3);
        Node x = net.Conv(Build.Input("x", 10, 30, 3), "in", 16, 3);
        Assert.InRange(TestNetwork.Error(net.Residual(x, "block", 32, 4), level), 0, Tolerance);
    }

    [Fact]
    public void Wide_head_works_in_several_bands()
    {
        // 32 channels at a width of 24,000 pixels: 3 MB a row, so that the band buffer of 8 MiB holds the least, four rows and the bands'
        // seams are met.
        var net = new TestNetwork(4);
        Node x = net.Conv(Build.Input("x", 10, 24_000, 3), "in", 32, 1);
        Assert.InRange(TestNetwork.Error(net.Residual(x, "block", 16, 4), SimdLevels.Widest), 0, Tolerance);
    }

    [Fact]
    public void Results_larger_than_the_caches_are_streamed_to_memory()
    {
        // 650 x 650 x 16 floats are 27 MB, above the threshold of 24 MiB in WinogradOutput; the sum in place reads what is stored that way.
        var net = new TestNetwork(10);
        Node x = net.Conv(Build.Input("x", 650, 650, 3), "in", 16, 1);
        Assert.InRange(TestNetwork.Error(x.Plus(net.Conv(x, "c", 16, 3), "sum"), SimdLevels.Widest), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Attention_over_more_tokens_than_a_block_of_keys(SimdLevel level)
    {
        var net = new TestNetwork(5);
        Node x = net.Conv(Build.Input("x", 19, 31, 3), "in", 64, 3);
        Assert.InRange(TestNetwork.Error(net.Attention(x, "attn", 8), level), 0, Tolerance);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(16, 16)]
    [InlineData(97, 1)]
    [InlineData(16, 17)]
    public void Attention_at_the_edges_of_its_blocks(int height, int width)
    {
        var net = new TestNetwork(6);
        Node x = net.Conv(Build.Input("x", height, width, 8), "in", 40, 1);
        Node h = Build.Attention(net.Conv(x, "q", 40, 1), net.Conv(x, "k", 40, 1), net.Conv(x, "v", 40, 1), "attn");
        Assert.InRange(TestNetwork.Error(h, SimdLevels.Widest), 0, 5e-6);
    }

    [Fact]
    public void Attention_with_scores_far_apart()
    {
        // Scores of hundreds: without the running maximum the exponentials overflow.
        var net = new TestNetwork(7);
        Node x = Build.Input("x", 20, 20, 32);
        for (int i = 0; i < 6; i++) x = net.Conv(x.Plus(x, $"double{i}"), $"mix{i}", 32, 1);
        Node h = Build.Attention(net.Conv(x.Plus(x, "q2"), "q", 32, 1), net.Conv(x.Plus(x, "k2"), "k", 32, 1), x, "attn");
        Assert.InRange(TestNetwork.Error(h, SimdLevels.Widest), 0, 1e-3);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Operations_that_stand_alone(SimdLevel level)
    {
        var net = new TestNetwork(8);
        Node x = Build.Input("x", 9, 7, 24);
        Node normed = net.Norm(x, "n", 6);
        Node y = normed.SiLU().Plus(normed.ReLU(), "a").Upsample2x();
        Assert.InRange(TestNetwork.Error(y, level), 0, 3e-6);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var net = new TestNetwork(9);
        Node x = net.Conv(Build.Input("x", 40, 52, 3), "in", 64, 3);
        x = net.Attention(net.Residual(x, "a", 64, 16), "attn", 16);
        x = net.Residual(net.Conv(x.Upsample2x(), "up", 64, 3), "b", 32, 16);
        var graph = new NetworkGraph("net", net.Conv(net.Norm(x, "out.norm", 16).SiLU(), "out", 3, 3));
        float[] input = TestNetwork.RandomInput(graph, 1);
        float[] one = TestNetwork.Run(graph, input, new ComputeOptions { Threads = 1 });
        foreach (int threads in new[] { 2, 3, 7, 16 })
            Assert.Equal(one, TestNetwork.Run(graph, input, new ComputeOptions { Threads = threads }));
    }
    // More workers than strips of tiles: units share the result channels of a convolution (a number that fills no part), and the head of
    // a block that halves its channels works in larger bands.
    [Theory]
    [MemberData(nameof(Levels))]
    public void Many_threads_share_the_channels_of_few_strips(SimdLevel level)
    {
        var net = new TestNetwork(11);
        Node x = net.Conv(Build.Input("x", 14, 20, 3), "in", 40, 3);
        x = net.Residual(net.Conv(x, "wide", 560, 3), "a", 280, 8);
        x = net.Conv(net.Residual(x, "b", 280, 8).Upsample2x(), "up", 280, 3);
        var graph = new NetworkGraph("net", net.Conv(net.Norm(x, "out.norm", 8).SiLU(), "out", 3, 3));
        float[] input = TestNetwork.RandomInput(graph, 2);
        float[] one = Run(1);
        foreach (int threads in new[] { 2, 5, 16, 64 }) Assert.Equal(one, Run(threads));
        Assert.InRange(TestNetwork.Error(graph.Outputs[0], level, threads: 16), 0, Tolerance);

        float[] Run(int threads)
            => TestNetwork.Run(graph, input, new ComputeOptions { Threads = threads, Device = new CpuDevice(level) });
    }
}
