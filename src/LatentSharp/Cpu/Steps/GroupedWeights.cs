using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// The filters of a convolution in groups: [out, in / groups, taps] as stored becomes [tap, in, out / groups]; the biases follow.
/// </summary>
internal sealed unsafe class GroupedWeights(Conv2d node) : StepWeights
{
    // Copied value by value, as a packed filter of a convolution.
    private const double CostOfValue = 130;

    public override long Bytes(KernelSet kernels) => (node.Weight.ElementCount + node.Shape.Channels) * sizeof(float);

    public override int Parts(KernelSet kernels) => 1;

    public override long PrivateBytes(KernelSet kernels) => 0;

    public override double Cost(KernelSet kernels) => node.Weight.ElementCount * CostOfValue;

    public override void Make(KernelSet kernels, int part, nint memory, nint scratch)
    {
        int inner = node.Source.Shape.Channels / node.Groups, outer = node.Shape.Channels / node.Groups,
            taps = node.KernelHeight * node.KernelWidth;
        float* packed = (float*)memory;
        float[] stored = node.Weight.Read();
        for (int o = 0; o < node.Shape.Channels; o++)
            for (int i = 0; i < inner; i++)
                for (int t = 0; t < taps; t++)
                    packed[((nint)t * inner * node.Groups + o / outer * inner + i) * outer + o % outer] =
                        stored[((nint)o * inner + i) * taps + t];
        var bias = new Span<float>(packed + stored.Length, node.Shape.Channels);
        if (node.Bias is null) bias.Clear();
        else node.Bias.Read(0, bias);
    }
}
