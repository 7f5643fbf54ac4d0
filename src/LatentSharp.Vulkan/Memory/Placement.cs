using LatentSharp.Vulkan.Cards;

namespace LatentSharp.Vulkan.Memory;

/// <summary>
/// Where everything lies: a list of blocks, each of them one allocation, and a place in one of them for every storage. Tensors that do not
/// live at the same time share places.
/// </summary>
internal sealed class Placement
{
    // What every driver aligns to at most, and a line of every cache.
    private const long Alignment = 256;

    private readonly List<long> blocks = [];
    private readonly CardLimits limits;
    private readonly string where;

    private Placement(CardLimits limits, string where) => (this.limits, this.where) = (limits, where);

    /// <summary>The bytes of each block.</summary>
    public IReadOnlyList<long> Blocks => blocks;

    /// <summary>How many of the blocks hold weights; they come first.</summary>
    public int WeightBlocks { get; private set; }

    /// <summary>Bytes of all blocks.</summary>
    public long Total => blocks.Sum();

    /// <summary>Bytes of the blocks that hold weights.</summary>
    public long WeightBytes => blocks.Take(WeightBlocks).Sum();

    /// <summary>Gives everything a place.</summary>
    /// <param name="weights">What stays.</param>
    /// <param name="tensors">What comes and goes.</param>
    /// <param name="limits">Of the card.</param>
    /// <param name="where">The network, for messages.</param>
    /// <exception cref="LatentSharpException">Something is larger than one allocation may be.</exception>
    public static Placement Of(IEnumerable<WeightStorage> weights, IReadOnlyCollection<Storage> tensors, CardLimits limits,
        string where)
    {
        var placement = new Placement(limits, where);
        foreach (WeightStorage weight in weights) placement.Append(weight);
        placement.WeightBlocks = placement.blocks.Count;
        placement.Share(tensors);
        return placement;
    }

    private void Append(WeightStorage weight)
    {
        Check(weight);
        int block = blocks.Count - 1;
        long at = block < 0 ? 0 : Aligned(blocks[block]);
        if (block < 0 || at + weight.Bytes > limits.Block)
        {
            block++;
            blocks.Add(at = 0);
        }
        (weight.Block, weight.Offset) = (block, at);
        blocks[block] = at + weight.Bytes;
    }

    // The largest first, each in the first gap that is free for as long as it lives.
    private void Share(IReadOnlyCollection<Storage> tensors)
    {
        List<List<Storage>> placed = [];
        foreach (Storage tensor in tensors.OrderByDescending(t => t.Bytes).ThenBy(t => t.First))
        {
            Check(tensor);
            for (int i = 0; tensor.Block < 0; i++)
            {
                if (i == placed.Count)
                {
                    placed.Add([]);
                    blocks.Add(0);
                }
                long at = Gap(placed[i], tensor);
                if (at > 0 && at + tensor.Bytes > limits.Block) continue;
                (tensor.Block, tensor.Offset) = (WeightBlocks + i, at);
                placed[i].Add(tensor);
                blocks[tensor.Block] = Math.Max(blocks[tensor.Block], at + tensor.Bytes);
            }
        }
    }

    private static long Gap(List<Storage> placed, Storage tensor)
    {
        long at = 0;
        foreach (Storage other in placed.Where(o => o.First <= tensor.Last && tensor.First <= o.Last).OrderBy(o => o.Offset))
        {
            if (other.Offset - at >= tensor.Bytes) break;
            at = Math.Max(at, Aligned(other.Offset + other.Bytes));
        }
        return at;
    }

    private void Check(Storage storage)
    {
        if (storage.Bytes > limits.Allocation)
            throw new LatentSharpException(ErrorKind.BadInput, where,
                $"{storage.Name} takes {storage.Bytes:N0} bytes; one allocation of this card may have {limits.Allocation:N0}.",
                "Take a smaller picture, or compute on the device cpu.");
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
