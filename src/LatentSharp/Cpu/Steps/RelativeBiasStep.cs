using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The bias of T5's attention, written out for every head, query and key.</summary>
internal sealed unsafe class RelativeBiasStep(RelativeBias node) : PositionStep(node.Name, "RelativeBias")
{
    private readonly int tokens = node.Shape.Width, heads = node.Shape.Height;

    public override long SharedBytes(KernelSet kernels) => Convolution.Align(node.Weight.ElementCount * sizeof(float));

    protected override void Begin(RunState run) => node.Weight.Read(0, new Span<float>((void*)run.Shared, (int)node.Weight.ElementCount));

    // A position is a head and a query; its channels are the keys.
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView result = Result.In(run);
        float* table = (float*)run.Shared;
        for (int position = first; position < first + count; position++)
        {
            (int head, int query) = Math.DivRem(position, tokens);
            float* to = result.At(position);
            for (int key = 0; key < tokens; key++) to[key] = table[node.Bucket(key - query) * heads + head];
        }
    }
}
