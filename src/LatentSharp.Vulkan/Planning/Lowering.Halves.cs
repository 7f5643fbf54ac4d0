using LatentSharp.Graph;
using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;
using LatentSharp.Weights;

namespace LatentSharp.Vulkan.Planning;

/// <summary>
/// What the mode fp16 keeps in 16 bits: results that a normalisation bounds, whatever the stream reaches, and that only products and
/// attention read. The stream itself (sums of blocks, what is enlarged or made smaller, shortcuts) stays in float32.
/// </summary>
internal sealed partial class Lowering
{
    // Weights of fewer bytes in float32 stay: little is gained by them, and first and last layers, whose rounding is seen most, are among
    // them.
    private const long SmallWeights = 64 << 10;

    private Storage? overflows;

    private bool Narrows(WeightRef weight) => hasHalves && weight.ElementCount * sizeof(float) >= SmallWeights;

    private int ValueBytes(Node node) => hasHalves && IsKeptInHalves(node) ? sizeof(ushort) : sizeof(float);

    // Two values share a word, so that a position has to have an even number of them.
    private bool IsKeptInHalves(Node node) => node.Shape.Channels % 2 == 0 && users[node].Length > 0 && node switch
    {
        GroupNorm or Activation => IsNormalised(node) && users[node].All(u => u is Conv2d { Groups: 1 } or Linear),
        Conv2d { Groups: 1 } or Linear => IsNormalised(node.Inputs[0]) && users[node].All(u => u is Attention a && a.Bias != node),
        _ => false,
    };

    private static bool IsNormalised(Node node) => node switch
    {
        GroupNorm or LayerNorm or RmsNorm or L2Norm => true,
        Activation a => IsNormalised(a.Source),
        _ => false,
    };

    /// <summary>Adds what a kernel writes, and where it tells that a value exceeds 16 bits.</summary>
    private void AddTarget(List<Use> uses, int step, Use target)
    {
        uses.Add(target);
        if (target.Storage.ValueBytes == sizeof(float)) return;
        if (overflows is null)
        {
            // A word a step, and no more steps than nodes.
            overflows = Scratch("values beyond 16 bits", graph.Nodes.Length * sizeof(uint));
            commands.Add(new Clear { Step = step, Uses = [Whole(0, overflows, writes: true)] });
        }
        uses.Add(new Use(KernelSlots.Overflow, overflows, step * sizeof(uint), sizeof(uint), Writes: true));
    }

    private void EndOverflows()
    {
        if (overflows is not null) commands.Add(new OverflowCheck { Step = steps.Count - 1, Uses = [Whole(0, overflows)] });
    }
}
