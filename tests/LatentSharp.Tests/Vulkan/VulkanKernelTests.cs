using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Tensors;
using LatentSharp.Tests.Cpu;
using LatentSharp.Tests.Graph;
using LatentSharp.Tests.Onnx;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Vulkan;

/// <summary>Every kernel over sizes that divide by nothing, against the float64 reference executor.</summary>
public sealed class VulkanKernelTests
{
    // Sums of at most 1,200 terms in float32.
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Networks => [.. SmallNetworks.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_operation_of_the_small_networks(string name) => VulkanNetwork.Check(SmallNetworks.All[name](), Tolerance);

    public static TheoryData<string> Sequences => [.. SequenceTests.Networks.Keys];

    [Theory]
    [MemberData(nameof(Sequences))]
    public void Every_operation_of_transformers(string name) => VulkanNetwork.CheckAll(SequenceTests.Networks[name](), 2 * Tolerance);

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 1, 16, 3)]
    [InlineData(1, 13, 3, 65)]
    [InlineData(13, 10, 4, 33)]
    [InlineData(7, 11, 17, 5)]
    [InlineData(5, 3, 130, 70)]
    public void Convolutions_of_odd_sizes(int height, int width, int channels, int result)
    {
        var network = new TestNetwork(3);
        Node x = Build.Input("x", height, width, channels);
        VulkanNetwork.Check(new NetworkGraph("3x3", network.Conv(x, "a", result, 3)), Tolerance);
        VulkanNetwork.Check(new NetworkGraph("1x1", network.Conv(x, "b", result, 1, bias: false)), Tolerance);
        VulkanNetwork.Check(new NetworkGraph("5x5", network.Conv(x, "c", result, 5)), Tolerance);
        VulkanNetwork.Check(new NetworkGraph("stride 2", network.Conv(x, "d", result, 3, stride: 2)), Tolerance);
        VulkanNetwork.Check(new NetworkGraph("padded right and bottom",
            network.Conv(x, "e", result, 3, stride: 2, padding: new Padding(0, 0, 2, 2))), Tolerance);
        VulkanNetwork.Check(new NetworkGraph("enlarged", network.Conv(x.Upsample2x(), "f", result, 3)), Tolerance);
    }

    [Theory]
    [InlineData(3, 5, 32, 8)]
    [InlineData(1, 1, 64, 32)]
    [InlineData(17, 9, 96, 32)]
    [InlineData(31, 37, 8, 2)]
    public void Group_norm_of_odd_sizes(int height, int width, int channels, int groups)
    {
        var network = new TestNetwork(4);
        Node x = Build.Input("x", height, width, channels);
        var graph = new NetworkGraph("norm", network.Norm(x, "n", groups).SiLU());
        VulkanNetwork.Check(graph, Tolerance);
        // A mean of 1,000 deviations: nothing may be lost in the squares.
        float[] far = Array.ConvertAll(VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 6), v => v + 500);
        if (height > 1) VulkanNetwork.Check(graph, 2e-4, input: far);
    }

    [Fact]
    public void Functions_over_their_whole_range()
    {
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            var graph = new NetworkGraph(kind.ToString(), Build.Input("x", 1, 4001, 1).Activate(kind));
            float[] input = [.. Enumerable.Range(-2000, 4001).Select(i => i * 0.01f)];
            VulkanNetwork.Check(graph, 1e-6, input: input);
        }
    }

    [Fact]
    public void What_follows_a_product_is_computed_while_it_writes()
    {
        var network = new TestNetwork(5);
        Node x = Build.Input("x", 6, 7, 24);
        Node block = network.Residual(network.Residual(x, "r1", 24, 4), "r2", 40, 8);
        VulkanNetwork.Check(new NetworkGraph("blocks", block), Tolerance);
        VulkanNetwork.Check(new NetworkGraph("function behind the sum", x.Plus(network.Conv(x, "c", 24, 3), "s").ReLU()), Tolerance);
        VulkanNetwork.Check(new NetworkGraph("function before the sum", x.SiLU().Plus(network.Conv(x, "d", 24, 1).ReLU(), "s")), Tolerance);
        VulkanNetwork.Check(new NetworkGraph("attention", network.Attention(x, "a", 6)), Tolerance);
    }

    [Theory]
    [InlineData(1, 7, 33, false)]
    [InlineData(3, 5, 70, false)]
    [InlineData(2, 64, 9, true)]
    [InlineData(4, 16, 41, true)]
    public void Attention_of_several_heads(int heads, int channels, int tokens, bool causal)
    {
        Node x = Build.Sequence("x", tokens, heads * channels);
        Node attended = Build.Attention(x, x.SiLU(), x.ReLU(), "attention", new AttentionForm(heads, null, causal));
        VulkanNetwork.Check(new NetworkGraph("attention", attended), Tolerance);
    }

    /// <summary>Weights in the types that files keep them in: what the kernels read is what the processor reads.</summary>
    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F8_E4M3)]
    [InlineData(ElementType.F8_E5M2)]
    [InlineData(ElementType.F8_E4M3FNUZ)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    [InlineData(ElementType.Q4_1)]
    [InlineData(ElementType.Q5_0)]
    [InlineData(ElementType.Q5_1)]
    [InlineData(ElementType.Q2_K)]
    [InlineData(ElementType.Q3_K)]
    [InlineData(ElementType.Q4_K)]
    [InlineData(ElementType.Q5_K)]
    [InlineData(ElementType.Q6_K)]
    public void Weights_as_they_are_stored(ElementType type)
    {
        Node x = Build.Sequence("x", 7, 256);
        Node linear = new Linear("linear", x, Of(new StoredSource("w", type, 6, 256)), null);
        Node rows = new Linear("rows", x, Of(new StoredSource("w", type, 6, 256)), null, 2..5);
        VulkanNetwork.Check(new NetworkGraph($"linear {type}", Build.Concat("both", linear, rows)), Tolerance);
        Node picture = Build.Input("y", 4, 3, 64);
        var window = new Window(2, 2, 1, Padding.All(1), 1);
        Node convolution = new Conv2d("c", picture, Of(new StoredSource("w", type, 5, 64, 2, 2)), null, window);
        VulkanNetwork.Check(new NetworkGraph($"2x2 {type}", convolution), Tolerance);
    }

    /// <summary>
    /// Blocks of GGUF stay blocks in the card's memory, and each value is to the bit what the processor makes of it, which is what ggml
    /// makes of it. Rows of the identity give every weight by itself.
    /// </summary>
    [Theory]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    [InlineData(ElementType.Q4_1)]
    [InlineData(ElementType.Q5_0)]
    [InlineData(ElementType.Q5_1)]
    [InlineData(ElementType.Q2_K)]
    [InlineData(ElementType.Q3_K)]
    [InlineData(ElementType.Q4_K)]
    [InlineData(ElementType.Q5_K)]
    [InlineData(ElementType.Q6_K)]
    public void Blocks_stay_as_they_are_stored(ElementType type)
    {
        const int rows = 11, channels = 512;
        WeightRef weight = Of(new StoredSource("w", type, rows, channels));
        var graph = new NetworkGraph($"{type}", new Linear("linear", Build.Sequence("x", channels, channels), weight, null));
        Plan plan = VulkanNetwork.Shared.Compile(graph);
        Assert.InRange(plan.KeptBytes, weight.Info.ByteLength, weight.Info.ByteLength + 3);
        var identity = new float[channels * channels];
        for (int i = 0; i < channels; i++) identity[i * channels + i] = 1;
        Assert.Equal(weight.Read(), VulkanNetwork.Run(graph, identity));
    }

    private static WeightRef Of(StoredSource source) => new(source, source.Tensors["w"], source.Tensors["w"].Shape);

    [Fact]
    public void Several_inputs_and_outputs_in_both_orders()
    {
        Node picture = Build.Input("picture", 3, 5, 7), row = Build.Sequence("row", 1, 7);
        var graph = new NetworkGraph("several", new Output("sum", picture.Plus(row, "sum")),
            new Output("product", picture.Times(row, "product"), Layout.ChannelsLast));
        float[] p = VulkanNetwork.Values(105, 1), r = VulkanNetwork.Values(7, 2), sum = new float[105], product = new float[105];
        using PlanSession session = VulkanNetwork.Shared.Compile(graph).Start();
        session.Run(new Dictionary<string, ReadOnlyMemory<float>> { ["picture"] = p, ["row"] = r },
            new Dictionary<string, Memory<float>> { ["sum"] = sum, ["product"] = product });
        for (int c = 0; c < 7; c++)
        {
            for (int i = 0; i < 15; i++)
            {
                Assert.Equal(p[c * 15 + i] + r[c], sum[c * 15 + i]);
                Assert.Equal(p[c * 15 + i] * r[c], product[i * 7 + c]);
            }
        }
    }
}
