using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;
using LatentSharp.Tests.Cpu;
using LatentSharp.Tests.Onnx;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Graph;

/// <summary>
/// Attention with heads, scales, masks and biases: the engine, ONNX Runtime and the float64 reference executor agree, within what
/// <see cref="SequenceTests"/> allows for the same reason.
/// </summary>
public sealed class AttentionTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<string> Names => [.. Networks.Keys];

    private static Dictionary<string, Func<NetworkGraph>> Networks { get; } = new()
    {
        ["attention with heads"] = () => Of(Attention(29, 29, new(Heads: 3))),
        ["attention, other keys than queries"] = () => Of(Attention(29, 300, new(Heads: 2))),
        ["attention, more heads than are packed at once"] = () => Of(Attention(29, 2048, new(Heads: 30))),
        ["attention, own scale"] = () => Of(Attention(29, 29, new(Heads: 3, Scale: 1f))),
        ["causal attention"] = () => Of(Attention(77, 77, new(Heads: 3, Causal: true))),
        ["causal attention over blocks"] = () => Of(Attention(300, 300, new(Causal: true))),
        ["attention with bias"] = () => Of(Attention(29, 31, new(Heads: 3), Build.Input("bias", 3, 29, 31))),
        ["attention with relative bias"] = () => Of(Attention(150, 150, new(Heads: 3, Scale: 1f),
            new RelativeBias("relative", Buckets(32, 3), 150, 128))),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Agrees(string name) => NetworkGraphTests.Compare(Networks[name](), Tolerance);

    [Theory]
    [InlineData(0, 5, 1)]
    [InlineData(1, 7, 29)]
    [InlineData(2, 7, 29)]
    public void What_is_not_a_number_stays_so_in_what_depends_on_it(int input, int token, int rows)
    {
        // A query: its own row; a key or a value: every row. In the first of three heads alone.
        NetworkGraph graph = Of(Attention(29, 29, new(Heads: 3)));
        float[][] inputs = [.. Enumerable.Range(0, 3).Select(i => SmallNetworks.Values(29 * 48, i + 1))];
        inputs[input][token * 48 + 3] = float.NaN;
        foreach (SimdLevel level in TestNetwork.Levels)
        {
            using PlanSession session = new CpuDevice(level).Compile(graph, new ComputeOptions { Threads = 2 }).Start();
            var result = new float[29 * 48];
            session.Run(new Dictionary<string, ReadOnlyMemory<float>> { ["q"] = inputs[0], ["k"] = inputs[1], ["v"] = inputs[2] },
                new Dictionary<string, Memory<float>> { [graph.Outputs[0].Name] = result },
                cancellationToken: TestContext.Current.CancellationToken);
            int[] broken = [.. Enumerable.Range(0, 29).Where(t => Enumerable.Range(0, 16).Any(c => float.IsNaN(result[t * 48 + c])))];
            Assert.Equal(rows == 1 ? [token] : Enumerable.Range(0, 29), broken);
            Assert.All(Enumerable.Range(0, 29 * 48).Where(i => i % 48 >= 16), i => Assert.True(float.IsFinite(result[i])));
        }
    }

    // Both by hand from modeling_t5.py with 32 buckets and a farthest distance of 128; shared/spec/flux1-pipeline.md, section 8, lists the
    // same.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(-7, 7)]
    [InlineData(-8, 8)]
    [InlineData(-11, 8)]
    [InlineData(-12, 9)]
    [InlineData(-16, 10)]
    [InlineData(-32, 12)]
    [InlineData(-64, 14)]
    [InlineData(-90, 14)]
    [InlineData(-91, 15)]
    [InlineData(-128, 15)]
    [InlineData(-1000, 15)]
    [InlineData(7, 23)]
    [InlineData(12, 25)]
    [InlineData(500, 31)]
    public void Distances_fall_into_buckets(int distance, int bucket)
        => Assert.Equal(bucket, new RelativeBias("relative", Buckets(32, 3), 4, 128).Bucket(distance));

    private static NetworkGraph Of(Node result) => new("attention", new Output("out", result, Layout.ChannelsLast));

    private static WeightRef Buckets(int buckets, int heads)
    {
        var weights = new MemoryWeights();
        weights.Add("b.weight", SmallNetworks.Values(buckets * heads, 1), buckets, heads);
        return new WeightScope(weights, "b").Take("weight", buckets, heads);
    }

    private static Node Attention(int queries, int keys, AttentionForm form, Node? bias = null)
    {
        Node q = Build.Sequence("q", queries, form.Heads * 16), k = Build.Sequence("k", keys, form.Heads * 16),
            v = Build.Sequence("v", keys, form.Heads * 16);
        return Build.Attention(q, k, v, "attention", form, bias);
    }
}
