using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Cpu;

/// <summary>
/// The operations of DC-AE, one at a time, with sizes that are no multiples of a vector, against the float64 reference executor.
/// </summary>
public class ChannelStepTests
{
    private const double Tolerance = 2e-6;

    public static TheoryData<SimdLevel> Levels() => [.. TestNetwork.Levels];

    [Theory]
    [MemberData(nameof(Levels))]
    public void RmsNorm(SimdLevel level) => Check(level, 21, (x, w) => x.RmsNorm(w["norm"], 1e-5f));

    [Theory]
    [MemberData(nameof(Levels))]
    public void L2Norm(SimdLevel level) => Check(level, 21, (x, w) => x.L2Norm(w["norm"]));

    [Theory]
    [MemberData(nameof(Levels))]
    public void Select(SimdLevel level)
    => Check(level, 5, (x, _) => Build.Concat("joined", x.SelectChannels([4, -1, 0, 0, 3, 1, -1]), x.Channels(1, 3)));

    [Theory]
    [MemberData(nameof(Levels))]
    public void BatchNorm(SimdLevel level) => Check(level, 21, (x, w) => x.BatchNorm(w["norm"], 1e-5f));

    [Theory]
    [MemberData(nameof(Levels))]
    public void Gate(SimdLevel level) => Check(level, 22, (x, _) => x.GatedSiLU());

    [Theory]
    [MemberData(nameof(Levels))]
    public void ConcatAndRepeatAndMean(SimdLevel level)
    => Check(level, 6, (x, _) => Build.Concat("joined", x, x.RepeatChannels(3), x.MeanOfChannels(2)));

    [Theory]
    [MemberData(nameof(Levels))]
    public void ShuffleAndUnshuffle(SimdLevel level)
    => Check(level, 12, (x, _) => Build.Concat("joined", x.PixelUnshuffle2x().PixelShuffle2x(), x.PixelShuffle2x().PixelUnshuffle2x()));

    [Theory]
    [MemberData(nameof(Levels))]
    public void Depthwise(SimdLevel level) => Check(level, 21, (x, w) => x.Conv2d(w["depthwise"], 21, 5, groups: 21));

    [Theory]
    [MemberData(nameof(Levels))]
    public void Grouped(SimdLevel level) => Check(level, 21, (x, w) => x.Conv2d(w["grouped"], 33, 3, stride: 2, groups: 3).SiLU());

    [Theory]
    [MemberData(nameof(Levels))]
    public void LinearAttention(SimdLevel level) => Check(level, 30, (x, _) => x.ReluLinearAttention(5, "attention"));

    private static void Check(SimdLevel level, int channels, Func<Node, WeightScope, Node> network)
    {
        var random = new Random(11);
        var weights = new MemoryWeights("random weights");
        void Fill(string name, double centre, params long[] shape)
            => weights.Add(name,
                [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (float)(centre + random.NextDouble() - 0.5))],
                shape);
        foreach ((string name, double centre) in ((string, double)[])[("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1),
            ("gamma", 1)]) Fill("norm." + name, centre, channels);
        Fill("depthwise.weight", 0, 21, 1, 5, 5);
        Fill("depthwise.bias", 0, 21);
        Fill("grouped.weight", 0, 33, 7, 3, 3);
        double error = TestNetwork.Error(network(Build.Input("x", 6, 8, channels), new WeightScope(weights)), level);
        Assert.True(error <= Tolerance, $"{error:g3}, allowed {Tolerance}");
    }
}
