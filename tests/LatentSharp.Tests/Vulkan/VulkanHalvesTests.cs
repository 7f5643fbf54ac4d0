using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Tests.Cpu;
using LatentSharp.Tests.Onnx;
using LatentSharp.Tests.Reference;
using LatentSharp.Vulkan;
using LatentSharp.Vulkan.Memory;
using LatentSharp.Vulkan.Planning;
using LatentSharp.Vulkan.Running;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Vulkan;

/// <summary>The mode fp16: its error, its memory, and that no value beyond it ever becomes a picture.</summary>
public sealed class VulkanHalvesTests
{
    private static readonly ComputeOptions Options = new() { Precision = Precision.Float16 };

    public static TheoryData<string> Networks => [.. SmallNetworks.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_operation_of_the_small_networks(string name) => CheckRms(SmallNetworks.All[name]());

    [Theory]
    [InlineData(1, 1, 16, 3)]
    [InlineData(1, 13, 4, 65)]
    [InlineData(13, 10, 6, 33)]
    [InlineData(5, 3, 130, 70)]
    [InlineData(9, 7, 15, 6)]
    public void Normalised_values_before_convolutions_of_odd_sizes(int height, int width, int channels, int result)
    {
        var network = new TestNetwork(3);
        Node x = network.Norm(Build.Input("x", height, width, channels), "n", 1).SiLU();
        CheckRms(new NetworkGraph("3x3", network.Conv(x, "a", result, 3)));
        CheckRms(new NetworkGraph("1x1", network.Conv(x, "b", result, 1, bias: false)));
        CheckRms(new NetworkGraph("stride 2", network.Conv(x, "c", result, 3, stride: 2)));
    }

    [Fact]
    public void Normalised_values_and_the_factors_of_attention_take_half_the_bytes_and_nothing_else_does()
    {
        NetworkGraph graph = VulkanPlanTests.Network(20, 12);
        var plan = (VulkanPlan)VulkanNetwork.Shared.Compile(graph, Options);
        Storage[] halves = [.. plan.Commands.SelectMany(c => c.Uses).Select(u => u.Storage).Distinct().Where(s => s.ValueBytes == 2)];
        // Six normalisations of which that of the attention is read by three convolutions, whose results are factors of it.
        Assert.Equal(3, halves.Count(s => s.Name.Contains("a.q", StringComparison.Ordinal) || s.Name.Contains("a.k", StringComparison.Ordinal)
            || s.Name.Contains("a.v", StringComparison.Ordinal)));
        Assert.Equal(9, halves.Length);
        Assert.EndsWith("fp16", plan.Kernels, StringComparison.Ordinal);
        using var session = (VulkanSession)plan.Start();
        Assert.InRange((double)session.AllocatedBytes / plan.PeakBytes, 0.98, 1.02);
    }

    /// <summary>Convolutions of 64 channels have weights large enough that it is worth their while.</summary>
    [Fact]
    public void Large_weights_take_half_the_bytes()
    {
        var network = new TestNetwork(4);
        var graph = new NetworkGraph("wide", network.Residual(network.Residual(Build.Input("x", 5, 7, 64), "r1", 64, 8), "r2", 96, 8));
        double kept = VulkanNetwork.Shared.Compile(graph, Options).KeptBytes;
        Assert.InRange(kept / VulkanNetwork.Shared.Compile(graph).KeptBytes, 0.5, 0.55);
        CheckRms(graph);
    }

    [Fact]
    public void Every_barrier_is_needed_and_none_is_missing()
    {
        var plan = (VulkanPlan)VulkanNetwork.Shared.Compile(VulkanPlanTests.Network(), Options);
        Assert.Null(HazardChecker.Find(plan.Commands));
        for (int i = 0; i < plan.Commands.Count; i++)
            if (plan.Commands[i].HasBarrier) Assert.NotNull(HazardChecker.Find(plan.Commands, without: i));
    }

    [Fact]
    public void Bands_and_weights_that_come_for_their_steps_give_the_same_bytes()
    {
        NetworkGraph graph = VulkanPlanTests.Network(20, 12);
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), output = new float[graph.Outputs[0].Shape.Count];
        float[] expected = VulkanNetwork.Run(graph, input, precision: Precision.Float16);
        using VulkanDevice narrow = VulkanNetwork.Device(
            l => l with { BufferRange = 72 << 10, DispatchWork = 100_000, Groups = 8, GroupThreads = 64 });
        Assert.Equal(expected, VulkanNetwork.Run(graph, input, narrow, Precision.Float16));
        long peak = VulkanNetwork.Shared.Compile(graph, Options).PeakBytes;
        using PlanSession streamed = VulkanNetwork.Shared.Compile(graph, Options with { MemoryBudget = peak - 1 }).Start();
        for (int run = 0; run < 2; run++)
        {
            streamed.Run(input, output);
            Assert.Equal(expected, output);
        }
    }

    /// <summary>The stream may hold what 16 bits cannot: it stays in float32.</summary>
    [Fact]
    public void A_stream_of_large_values_stays_finite()
    {
        NetworkGraph graph = VulkanPlanTests.Network();
        CheckRms(graph, Array.ConvertAll(VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), v => v * 1e6f));
    }

    [Fact]
    public void A_normalised_value_beyond_16_bits_is_an_error_with_step_kind_and_way_out_and_the_next_run_works()
    {
        NetworkGraph graph = Normalised(1e5f);
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), output = new float[graph.Outputs[0].Shape.Count];
        using PlanSession session = VulkanNetwork.Shared.Compile(graph, Options).Start();
        for (int run = 0; run < 2; run++)
        {
            LatentSharpException error = Assert.Throws<LatentSharpException>(() => session.Run(input, output));
            Assert.Contains("GroupNorm", error.Message, StringComparison.Ordinal);
            Assert.Contains("65,504", error.Message, StringComparison.Ordinal);
            Assert.Contains("fp32", error.Message, StringComparison.Ordinal);
            // Of nothing the normalisation makes nothing.
            session.Run(new float[input.Length], output);
            Assert.All(output, v => Assert.True(float.IsFinite(v)));
        }
        VulkanNetwork.Check(graph, 1e-5, input: input);
    }

    [Fact]
    public void A_weight_beyond_16_bits_is_an_error_with_its_name()
    {
        NetworkGraph graph = Normalised(1, weight: 7e4f);
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3);
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => VulkanNetwork.Run(graph, input, precision: Precision.Float16));
        Assert.Contains("c.weight", error.Where, StringComparison.Ordinal);
        Assert.Contains("fp32", error.Message, StringComparison.Ordinal);
        VulkanNetwork.Check(graph, 1e-5, input: input);
    }

    [Theory]
    [InlineData(Precision.Float32, float.NaN)]
    [InlineData(Precision.Float32, float.PositiveInfinity)]
    [InlineData(Precision.Float16, float.NaN)]
    public void What_is_no_number_is_an_error_in_every_mode(Precision precision, float weight)
    {
        NetworkGraph graph = Normalised(1, weight);
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3);
        Assert.Contains("no numbers", Assert.Throws<LatentSharpException>(
            () => VulkanNetwork.Run(graph, input, precision: precision)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_processor_refuses_the_mode_by_name()
    {
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => DefaultDevice.Compile(Normalised(1), Options));
        Assert.Contains("fp16", error.Message, StringComparison.Ordinal);
    }

    // A normalisation of some scale, then a convolution of which one weight is given.
    private static NetworkGraph Normalised(float scale, float weight = 0.5f)
    {
        const int channels = 64;
        var weights = new MemoryWeights("weights");
        weights.Add("n.weight", [.. Enumerable.Repeat(scale, channels)], channels);
        weights.Add("n.bias", new float[channels], channels);
        float[] kernel = VulkanNetwork.Values(channels * channels * 9, 7);
        kernel[100] = weight;
        weights.Add("c.weight", kernel, channels, channels, 3, 3);
        weights.Add("c.bias", new float[channels], channels);
        Node x = Build.Input("x", 4, 6, channels).GroupNorm(new WeightScope(weights, "n"), 8, 1e-6f);
        return new NetworkGraph("normalised", x.Conv2d(new WeightScope(weights, "c"), channels, 3));
    }

    // The bar of the whole mode: each rounding costs some 1.4e-4 of a value.
    private static void CheckRms(NetworkGraph graph, float[]? input = null)
    {
        const double tolerance = 2e-3;
        input ??= VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 5);
        float[] found = VulkanNetwork.Run(graph, input, precision: Precision.Float16);
        double[] expected = ReferenceExecutor.Run(graph, input);
        double squares = 0, all = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            squares += Math.Pow(expected[i] - found[i], 2);
            all += Math.Pow(expected[i], 2);
        }
        double error = Math.Sqrt(squares / all);
        Assert.True(error <= tolerance, $"{graph.Name}: {error:g3} of the values, allowed {tolerance:g3}");
    }
}
