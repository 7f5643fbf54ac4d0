using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// Attention over all positions, head by head. Units of work are blocks of queries of a head; keys and values of the heads that follow are
/// packed meanwhile, a block of keys by a unit.
/// </summary>
internal sealed unsafe class AttentionStep(Attention node) : Step(node.Name, "Attention")
{
    private readonly int heads = node.Form.Heads, keys = checked((int)node.Key.Shape.Positions),
        queries = checked((int)node.Query.Shape.Positions);
    private readonly int keyChannels = node.Key.Shape.Channels / node.Form.Heads,
        valueChannels = node.Value.Shape.Channels / node.Form.Heads;

    private int Padded => AttentionBlocks.PadKeys(keys);

    // Keys and values of so many heads are there at a time: all where they are small, so that nobody waits for a head's last block.
    private const long PackedBytes = 8 << 20;

    private int Parts => (queries + AttentionBlocks.Queries - 1) / AttentionBlocks.Queries;

    public override long SharedBytes(KernelSet kernels) => Order(kernels).Buffers * HeadBytes(kernels);

    public override long PrivateBytes(KernelSet kernels) => kernels.AttentionScratch(keyChannels, valueChannels) * sizeof(float);

    private long KeyBytes => (long)Padded * keyChannels * sizeof(float);

    private long HeadBytes(KernelSet kernels)
        => KeyBytes + (long)Padded * kernels.AttentionPadChannels(valueChannels) * sizeof(float);

    private UnitOrder Order(KernelSet kernels)
    {
        int buffers = (int)Math.Clamp(PackedBytes / HeadBytes(kernels), Math.Min(2, heads), heads);
        return new UnitOrder(heads, buffers, Padded / AttentionBlocks.Keys, Parts, Chained: false);
    }

    public override void Run(RunState run)
    {
        FeatureView query = Reads[0].In(run), key = Reads[1].In(run), value = Reads[2].In(run), result = Result.In(run);
        FeatureView bias = node.Bias is null ? default : Reads[3].In(run);
        KernelSet kernels = run.Kernels;
        UnitOrder order = Order(kernels);
        var progress = new UnitProgress(order);
        nint each = (nint)HeadBytes(kernels), keyFloats = (nint)(KeyBytes / sizeof(float));
        // The longest step of a large picture: half the time of a 4096x4096 decode.
        run.Crew.For(order.Units, (unit, worker) => progress.Run(unit, Pack,
            (head, part) => Attend(head, part, (float*)run.PrivateOf(worker))), run.Within);

        float* Packed(int head) => (float*)(run.Shared + head % order.Buffers * each);

        void Pack(int head, int block)
            => kernels.PackAttention(Head(key, head), Head(value, head), block, node.Scale, Packed(head), Packed(head) + keyFloats);

        void Attend(int head, int part, float* scratch)
        {
            var mask = new AttentionMask(node.Bias is null ? 0 : (nint)bias.At(head, 0), keys, node.Form.Causal);
            kernels.Attend(Head(query, head), Packed(head), Packed(head) + keyFloats, Head(result, head), mask, part, scratch,
                run.Crew.Cancel);
        }
    }

    private FeatureView Head(in FeatureView all, int head)
    {
        int channels = all.Channels / heads;
        return all with { Data = all.Data + head * channels * sizeof(float), Channels = channels };
    }
}
