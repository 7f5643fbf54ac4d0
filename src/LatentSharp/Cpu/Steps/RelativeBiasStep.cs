using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The bias of T5's attention, written out for every head, query and key.</summary>
internal sealed unsafe class RelativeBiasStep(RelativeBias node) : PositionStep(node.Name, "RelativeBias")
{
    private readonly int tokens = node.Shape.Width, heads = node.Shape.Height;

    private int Distances => 2 * tokens - 1;

    public override long SharedBytes(KernelSet kernels)
        => Convolution.Align(node.Weight.ElementCount * sizeof(float)) + Convolution.Align((long)heads * Distances * sizeof(float));

    // What the distances from 1 - tokens to tokens - 1 mean for each head: every query's row is a part of that.
    protected override void Begin(RunState run)
    {
        float* table = (float*)run.Shared, all = ByDistance(run);
        node.Weight.Read(0, new Span<float>(table, (int)node.Weight.ElementCount));
        for (int i = 0; i < Distances; i++)
        {
            int bucket = node.Bucket(i - (tokens - 1));
            for (int head = 0; head < heads; head++) all[head * Distances + i] = table[bucket * heads + head];
        }
    }

    // A position is a head and a query; its channels are the keys.
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView result = Result.In(run);
        for (int position = first; position < first + count; position++)
        {
            (int head, int query) = Math.DivRem(position, tokens);
            float* row = ByDistance(run) + head * Distances + (tokens - 1) - query;
            new ReadOnlySpan<float>(row, tokens).CopyTo(new Span<float>(result.At(position), tokens));
        }
    }

    private float* ByDistance(RunState run) => (float*)(run.Shared + (nint)Convolution.Align(node.Weight.ElementCount * sizeof(float)));
}
