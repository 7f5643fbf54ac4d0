using LatentSharp.Bench.Weights;
using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Cpu;
using LatentSharp.Vulkan;
using LatentSharp.Vulkan.Planning;
using LatentSharp.Vulkan.Running;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Vulkan;

/// <summary>The mode fp32-fast: 3x3 convolutions by Winograd where that is fewer operations, direct sums elsewhere.</summary>
public sealed class VulkanWinogradTests
{
    // Direct sums reach 1e-6 here; the transformations multiply by up to 8 and subtract.
    private const double Tolerance = 2e-5;

    private static readonly ComputeOptions Options = new() { Precision = Precision.Float32Fast };

    [Theory]
    [InlineData(8, 5, 16, 16)]
    [InlineData(13, 10, 33, 20)]
    [InlineData(7, 22, 17, 70)]
    [InlineData(9, 8, 130, 65)]
    public void Convolutions_of_odd_sizes(int height, int width, int channels, int result)
    {
        var network = new TestNetwork(3);
        Node x = Build.Input("x", height, width, channels);
        Check(new NetworkGraph("3x3", network.Conv(x, "a", result, 3)));
        Check(new NetworkGraph("without bias", network.Conv(x, "b", result, 3, bias: false)));
        Check(new NetworkGraph("enlarged", network.Conv(x.Upsample2x(), "c", result, 3)));
        Check(new NetworkGraph("function", network.Conv(x, "d", result, 3).SiLU()));
        Check(new NetworkGraph("function behind the sum", x.Plus(network.Conv(x, "e", channels, 3), "s").ReLU()));
        Check(new NetworkGraph("function before the sum", x.SiLU().Plus(network.Conv(x, "f", channels, 3).ReLU(), "s")));
    }

    [Theory]
    [InlineData(8, 5, 16, 16)]
    [InlineData(13, 10, 36, 20)]
    [InlineData(7, 22, 20, 70)]
    public void A_normalisation_is_computed_while_the_source_is_read(int height, int width, int channels, int result)
    {
        var network = new TestNetwork(6);
        Node x = Build.Input("x", height, width, channels);
        Normalised(new NetworkGraph("norm", network.Conv(network.Norm(x, "n", 4), "a", result, 3)), 0);
        Normalised(new NetworkGraph("norm and function", network.Conv(network.Norm(x, "n", 4).SiLU(), "b", result, 3)), 0);
        // What is read before it is overwritten: the stream that the result is added to.
        Normalised(new NetworkGraph("sum", x.Plus(network.Conv(network.Norm(x, "n", 4).SiLU(), "c", channels, 3), "s")), 0);
        Normalised(new NetworkGraph("blocks", network.Residual(network.Residual(x, "r1", channels, 4), "r2", channels, 4)), 0);
        // Two that read it, and an enlargement, need its result.
        Node both = network.Norm(x, "n", 4).SiLU();
        Node sum = network.Conv(both, "d", result, 3).Plus(network.Conv(both, "e", result, 3), "s");
        Normalised(new NetworkGraph("two", sum), 1);
        Normalised(new NetworkGraph("enlarged", network.Conv(network.Norm(x, "n", 4).SiLU().Upsample2x(), "f", result, 3)), 1);

        static void Normalised(NetworkGraph graph, int passes)
        {
            Assert.Equal(passes, Shaders(VulkanNetwork.Shared.Compile(graph, Options)).Count(s => s == "pointwise"));
            Check(graph);
        }
    }

    /// <summary>
    /// FLUX.1's encoder at 1024 x 1024: what a normalisation would write is never written, which is more than what lies between Winograd's
    /// kernels.
    /// </summary>
    [Fact]
    public void A_large_picture_takes_less_memory_than_with_direct_sums()
    {
        NetworkGraph graph = AutoencoderKL.Encoder(BenchFiles.Weights(BenchModel.Flux1), 1024, 1024);
        ComputeOptions enough = Options with { MemoryBudget = 1L << 40 };
        double fast = VulkanNetwork.Shared.Compile(graph, enough).PeakBytes;
        double direct = VulkanNetwork.Shared.Compile(graph, enough with { Precision = Precision.Float32 }).PeakBytes;
        TestContext.Current.TestOutputHelper!.WriteLine($"{fast:N0} of {direct:N0} bytes");
        Assert.InRange(fast / direct, 0.5, 0.95);
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.Q4_0)]
    public void Weights_as_they_are_stored(ElementType type)
    {
        var source = new StoredSource("w", type, 18, 32, 3, 3);
        var weight = new WeightRef(source, source.Tensors["w"], source.Tensors["w"].Shape);
        var window = new Window(3, 3, 1, Padding.All(1), 1);
        Check(new NetworkGraph($"{type}", new Conv2d("c", Build.Input("x", 9, 6, 32), weight, null, window)));
    }

    /// <summary>The rule counts: a patch for one or four results is no gain, nor are few channels; other windows have no patches.</summary>
    [Fact]
    public void It_is_used_where_it_is_fewer_operations()
    {
        var network = new TestNetwork(3);
        Assert.True(IsUsed(x => network.Conv(x, "a", 32, 3)));
        Assert.True(IsUsed(x => network.Conv(x.Upsample2x(), "b", 32, 3)));
        Assert.False(IsUsed(x => network.Conv(x, "c", 4, 3)));
        Assert.False(IsUsed(x => network.Conv(x, "d", 32, 1)));
        Assert.False(IsUsed(x => network.Conv(x, "e", 32, 5)));
        Assert.False(IsUsed(x => network.Conv(x, "f", 32, 3, stride: 2)));
        Assert.False(IsUsed(x => network.Conv(x, "g", 32, 3, padding: new Padding(0, 1, 2, 1))));
        Assert.False(IsUsed(x => network.Conv(x, "h", 32, 3), height: 1, width: 2));
        Assert.False(IsUsed(x => network.Conv(x, "i", 32, 3), precision: Precision.Float32));
        Assert.False(IsUsed(x => network.Conv(x, "j", 32, 3), precision: Precision.Float16));

        static bool IsUsed(Func<Node, Node> build, int height = 8, int width = 8, Precision precision = Precision.Float32Fast)
        {
            var graph = new NetworkGraph("convolution", build(Build.Input("x", height, width, 32)));
            return Shaders(VulkanNetwork.Shared.Compile(graph, Options with { Precision = precision })).Contains("winograd_product");
        }
    }

    [Fact]
    public void Every_barrier_is_needed_and_none_is_missing()
    {
        using VulkanDevice narrow = VulkanNetwork.Device(l => l with { DispatchWork = 100_000 });
        var plan = (VulkanPlan)narrow.Compile(Network(), Options);
        Assert.Contains("winograd_product", Shaders(plan));
        Assert.Null(HazardChecker.Find(plan.Commands));
        for (int i = 0; i < plan.Commands.Count; i++)
            if (plan.Commands[i].HasBarrier) Assert.NotNull(HazardChecker.Find(plan.Commands, without: i));
    }

    [Fact]
    public void The_peak_is_what_the_driver_is_asked_for()
    {
        var plan = (VulkanPlan)VulkanNetwork.Shared.Compile(Network(), Options);
        using var session = (VulkanSession)plan.Start();
        Assert.InRange((double)session.AllocatedBytes / plan.PeakBytes, 0.98, 1.02);
    }

    [Fact]
    public void Bands_and_weights_that_come_for_their_steps_give_the_same_bytes()
    {
        NetworkGraph graph = Network();
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), output = new float[graph.Outputs[0].Shape.Count];
        float[] expected = VulkanNetwork.Run(graph, input, precision: Precision.Float32Fast);
        using VulkanDevice narrow = VulkanNetwork.Device(
            l => l with { BufferRange = 256 << 10, DispatchWork = 100_000, Groups = 8, GroupThreads = 64, Alignment = 4096 });
        var cut = (VulkanPlan)narrow.Compile(graph, Options);
        Assert.Equal(Shaders(VulkanNetwork.Shared.Compile(graph, Options)).Distinct(), Shaders(cut).Distinct());
        Assert.True(cut.Commands.Count > ((VulkanPlan)VulkanNetwork.Shared.Compile(graph, Options)).Commands.Count, "there are bands");
        Assert.Equal(expected, VulkanNetwork.Run(graph, input, narrow, Precision.Float32Fast));
        long peak = VulkanNetwork.Shared.Compile(graph, Options).PeakBytes;
        using PlanSession streamed = VulkanNetwork.Shared.Compile(graph, Options with { MemoryBudget = peak - 1 }).Start();
        for (int run = 0; run < 2; run++)
        {
            streamed.Run(input, output);
            Assert.Equal(expected, output);
        }
    }

    private static NetworkGraph Network() => VulkanPlanTests.Network(20, 12);

    private static IEnumerable<string> Shaders(Plan plan) => ((VulkanPlan)plan).Commands.OfType<Dispatch>().Select(d => d.Kernel.Shader);

    private static void Check(NetworkGraph graph)
    {
        Assert.Contains("winograd_product", Shaders(VulkanNetwork.Shared.Compile(graph, Options)));
        VulkanNetwork.Check(graph, Tolerance, precision: Precision.Float32Fast);
    }
}
