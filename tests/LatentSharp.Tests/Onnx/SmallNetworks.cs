using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Onnx;

/// <summary>Networks of a few nodes with random weights, together using every operation of the vocabulary.</summary>
internal static class SmallNetworks
{
    public static IReadOnlyDictionary<string, Func<NetworkGraph>> All { get; } = new Dictionary<string, Func<NetworkGraph>>
    {
        ["convolution"] = () => Network(5, 7, 6, x => x.Conv2d(Weights("c", 8, 6, 3), 8, 3)),
        ["convolution without bias"] = () => Network(5, 7, 6, x => x.Conv2d(Weights("c", 8, 6, 3), 8, 3, bias: false)),
        ["grouped convolution"] = () => Network(4, 6, 8, x => x.Conv2d(Weights("c", 8, 4, 3), 8, 3, groups: 2)),
        ["1x1 convolution"] = () => Network(5, 3, 16, x => x.Conv2d(Weights("c", 4, 16, 1), 4, 1)),
        ["stride 2, padded right and bottom"] =
            () => Network(8, 6, 3, x => x.Conv2d(Weights("c", 16, 3, 3), 16, 3, stride: 2, padding: new Padding(0, 0, 1, 1))),
        ["group norm, silu"] = () => Network(6, 5, 64, x => x.GroupNorm(Norm(64), 32, 1e-6f).SiLU()),
        ["relu"] = () => Network(3, 3, 4, x => x.ReLU()),
        ["tanh clamp"] = () => Network(3, 3, 4, x => x.Activate(ActivationKind.TanhClamp3)),
        ["residual"] = () => Network(4, 4, 8, x => x.Plus(x.SiLU(), "sum")),
        ["upsample"] = () => Network(3, 4, 8, x => x.Upsample2x().Conv2d(Weights("c", 8, 8, 3), 8, 3)),
        ["rms norm"] = () => Network(4, 5, 12, x => x.RmsNorm(Norm(12), 1e-5f)),
        ["l2 norm"] = () => Network(4, 5, 12, x => x.L2Norm(Gamma(12))),
        ["selected channels"] = () => Network(3, 4, 5, x => x.SelectChannels([4, -1, 0, 0, 3])),
        ["batch norm after a convolution"] = () => Network(4, 5, 6, x => x.Conv2d(Weights("c", 8, 6, 3), 8, 3).BatchNorm(BatchNorm(8), 1e-5f)),
        ["concat"] = () => Network(3, 4, 5, x => Build.Concat("joined", x, x.SiLU(), x.ReLU())),
        ["gated silu"] = () => Network(3, 4, 10, x => x.GatedSiLU()),
        ["repeat channels"] = () => Network(3, 4, 5, x => x.RepeatChannels(3)),
        ["mean of channels"] = () => Network(3, 4, 12, x => x.MeanOfChannels(4)),
        ["pixel shuffle"] = () => Network(3, 4, 12, x => x.PixelShuffle2x()),
        ["pixel unshuffle"] = () => Network(6, 4, 3, x => x.PixelUnshuffle2x()),
        ["linear attention"] = () => Network(4, 5, 48, x => x.ReluLinearAttention(8, "attention")),
        ["attention"] = () => Network(3, 5, 16, x => Build.Attention(x.SiLU(), x, x.ReLU(), "attention")),
    };

    /// <summary>Values in [-1, 1) from a fixed generator.</summary>
    public static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = random.NextSingle() * 2 - 1;
        return values;
    }

    private static NetworkGraph Network(int height, int width, int channels, Func<Node, Node> build)
        => new("small", build(Build.Input("x", height, width, channels)));

    private static WeightScope Weights(string name, int channels, int inputs, int kernel)
    {
        var weights = new MemoryWeights();
        weights.Add(name + ".weight", Values(channels * inputs * kernel * kernel, seed: 1), channels, inputs, kernel, kernel);
        weights.Add(name + ".bias", Values(channels, seed: 2), channels);
        return new WeightScope(weights, name);
    }

    private static WeightScope Gamma(int channels)
    {
        var weights = new MemoryWeights();
        weights.Add("norm.gamma", Values(channels, seed: 5), channels);
        return new WeightScope(weights, "norm");
    }

    private static WeightScope BatchNorm(int channels)
    {
        var weights = new MemoryWeights();
        weights.Add("norm.weight", Values(channels, seed: 3), channels);
        weights.Add("norm.bias", Values(channels, seed: 4), channels);
        weights.Add("norm.running_mean", Values(channels, seed: 6), channels);
        weights.Add("norm.running_var", Array.ConvertAll(Values(channels, seed: 7), v => 1.1f + v), channels);
        return new WeightScope(weights, "norm");
    }

    private static WeightScope Norm(int channels)
    {
        var weights = new MemoryWeights();
        weights.Add("norm.weight", Values(channels, seed: 3), channels);
        weights.Add("norm.bias", Values(channels, seed: 4), channels);
        return new WeightScope(weights, "norm");
    }
}
