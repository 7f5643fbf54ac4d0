using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Attention over all positions, head by head. Units are blocks of queries of a head.</summary>
internal sealed unsafe class AttentionStep(Attention node) : Step(node.Name, "Attention")
{
    private readonly int heads = node.Form.Heads, keys = checked((int)node.Key.Shape.Positions),
        queries = checked((int)node.Query.Shape.Positions);
    private readonly int keyChannels = node.Key.Shape.Channels / node.Form.Heads,
        valueChannels = node.Value.Shape.Channels / node.Form.Heads;

    private int Padded => AttentionBlocks.PadKeys(keys);

    public override long SharedBytes(KernelSet kernels) => heads * (KeyBytes + ValueBytes(kernels));

    public override long PrivateBytes(KernelSet kernels) => kernels.AttentionScratch(valueChannels) * sizeof(float);

    private long KeyBytes => (long)Padded * keyChannels * sizeof(float);

    private long ValueBytes(KernelSet kernels) => (long)Padded * kernels.AttentionPadChannels(valueChannels) * sizeof(float);

    public override void Run(RunState run)
    {
        FeatureView query = Reads[0].In(run), key = Reads[1].In(run), value = Reads[2].In(run), result = Result.In(run);
        FeatureView bias = node.Bias is null ? default : Reads[3].In(run);
        int blocks = Padded / AttentionBlocks.Keys, parts = (queries + AttentionBlocks.Queries - 1) / AttentionBlocks.Queries;
        nint each = (nint)(KeyBytes + ValueBytes(run.Kernels));
        run.Crew.For(heads * blocks, (unit, _) =>
        {
            (int head, int block) = Math.DivRem(unit, blocks);
            float* packed = (float*)(run.Shared + head * each);
            run.Kernels.PackAttention(Head(key, head), Head(value, head), block, node.Scale, packed, packed + KeyBytes / sizeof(float));
        });
        // The longest step of a large picture: half the time of a 4096x4096 decode.
        run.Crew.For(heads * parts, (unit, worker) =>
        {
            (int head, int part) = Math.DivRem(unit, parts);
            float* packed = (float*)(run.Shared + head * each);
            var mask = new AttentionMask(node.Bias is null ? 0 : (nint)bias.At(head, 0), keys, node.Form.Causal);
            run.Kernels.Attend(Head(query, head), packed, packed + KeyBytes / sizeof(float), Head(result, head), mask, part,
                (float*)run.PrivateOf(worker), run.Crew.Cancel);
        }, run.Within);
    }

    private FeatureView Head(in FeatureView all, int head)
    {
        int channels = all.Channels / heads;
        return all with { Data = all.Data + head * channels * sizeof(float), Channels = channels };
    }
}
