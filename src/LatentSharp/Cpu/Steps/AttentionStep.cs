using LatentSharp.Cpu.Kernels;

namespace LatentSharp.Cpu.Steps;

/// <summary>Single-head attention over all positions.</summary>
internal sealed unsafe class AttentionStep(string name) : Step(name, "Attention")
{
    private PlanTensor Query => Reads[0];

    private PlanTensor Key => Reads[1];

    private PlanTensor Value => Reads[2];

    public override long SharedBytes(KernelSet kernels)
        => (long)Padded * (Query.Shape.Channels + kernels.AttentionPadChannels(Query.Shape.Channels)) * sizeof(float);

    public override long PrivateBytes(KernelSet kernels) => kernels.AttentionScratch(Query.Shape.Channels) * sizeof(float);

    private int Padded => AttentionKernel<Simd.SimdScalar, float>.PadKeys(checked((int)Query.Shape.Positions));

    public override void Run(RunState run)
    {
        FeatureView query = Query.In(run), key = Key.In(run), value = Value.In(run), result = Result.In(run);
        float* keys = (float*)run.Shared, values = keys + (nint)Padded * Query.Shape.Channels;
        run.Crew.For(Padded / AttentionKernel<Simd.SimdScalar, float>.Keys, (block, _) => run.Kernels.PackAttention(key, value, block, keys, values));
        int queries = AttentionKernel<Simd.SimdScalar, float>.Queries;
        int units = checked((int)((Query.Shape.Positions + queries - 1) / queries));
        // The longest step of a large picture: half the time of a 4096x4096 decode.
        run.Crew.For(units, (unit, worker) => run.Kernels.Attend(query, keys, values, result, unit, (float*)run.PrivateOf(worker), run.Crew.Cancel), run.Within);
    }
}
