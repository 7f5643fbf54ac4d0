using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// Attention over all positions, head by head. Units of work are blocks of queries of a head; keys and values of the heads that follow are
/// packed meanwhile, a block of keys by a unit.
/// </summary>
/// <param name="node">The operation.</param>
/// <param name="inBytes">Whether it is computed in bytes.</param>
internal sealed unsafe class AttentionStep(Attention node, bool inBytes) : Step(node.Name, inBytes ? "Attention(Int8)" : "Attention")
{
    private readonly int heads = node.Form.Heads, keys = checked((int)node.Key.Shape.Positions),
        queries = checked((int)node.Query.Shape.Positions);
    private readonly int keyChannels = node.Key.Shape.Channels / node.Form.Heads,
        valueChannels = node.Value.Shape.Channels / node.Form.Heads;

    private int Blocks => (keys + AttentionBlocks.Keys - 1) / AttentionBlocks.Keys;

    // Keys and values of so many heads are there at a time: all where they are small, so that nobody waits for a head's last block.
    private const long PackedBytes = 8 << 20;

    private int Parts => (queries + AttentionBlocks.Queries - 1) / AttentionBlocks.Queries;

    public override long SharedBytes(KernelSet kernels) => Order(kernels).Buffers * HeadBytes(kernels);

    public override long PrivateBytes(KernelSet kernels) => kernels.Attention(inBytes).Scratch(keyChannels, valueChannels);

    private long KeyBytes(KernelSet kernels) => (long)Blocks * kernels.Attention(inBytes).KeyBytes(keyChannels);

    private long HeadBytes(KernelSet kernels) => KeyBytes(kernels) + (long)Blocks * kernels.Attention(inBytes).ValueBytes(valueChannels);

    private UnitOrder Order(KernelSet kernels)
    {
        int buffers = (int)Math.Clamp(PackedBytes / HeadBytes(kernels), Math.Min(2, heads), heads);
        return new UnitOrder(heads, buffers, Blocks, Parts, Chained: false);
    }

    public override void Run(RunState run)
    {
        FeatureView query = Reads[0].In(run), key = Reads[1].In(run), value = Reads[2].In(run), result = Result.In(run);
        FeatureView bias = node.Bias is null ? default : Reads[3].In(run);
        AttentionKernels kernels = run.Kernels.Attention(inBytes);
        UnitOrder order = Order(run.Kernels);
        var progress = new UnitProgress(order);
        nint each = (nint)HeadBytes(run.Kernels), keyBytes = (nint)KeyBytes(run.Kernels);
        // The longest step of a large picture: half the time of a 4096x4096 decode.
        run.Crew.For(order.Units, (unit, worker) => progress.Run(unit,
            (head, block) => Pack(head, block, (byte*)run.PrivateOf(worker)),
            (head, part) => Attend(head, part, (byte*)run.PrivateOf(worker))), run.Within);

        byte* Packed(int head) => (byte*)(run.Shared + head % order.Buffers * each);

        void Pack(int head, int block, byte* scratch)
        {
            kernels.PackKeys(Head(key, head), block, node.Scale, Packed(head), scratch);
            kernels.PackValues(Head(value, head), block, Packed(head) + keyBytes, scratch);
        }

        void Attend(int head, int part, byte* scratch)
        {
            var mask = new AttentionMask(node.Bias is null ? 0 : (nint)bias.At(head, 0), keys, node.Form.Causal);
            kernels.Attend(Head(query, head), Packed(head), Packed(head) + keyBytes, Head(result, head), mask, part, scratch,
                run.Crew.Cancel);
        }
    }

    private FeatureView Head(in FeatureView all, int head)
    {
        int channels = all.Channels / heads;
        return all with { Data = all.Data + head * channels * sizeof(float), Channels = channels };
    }
}
