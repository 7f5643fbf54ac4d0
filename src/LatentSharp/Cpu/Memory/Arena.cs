namespace LatentSharp.Cpu.Memory;

/// <summary>Places storages in one block of memory so that those that exist at the same time do not overlap.</summary>
internal static class Arena
{
    /// <summary>Sets every offset and the step from which each storage is there; returns the size of the block in bytes.</summary>
    /// <remarks>
    /// Largest first, each at the lowest place that is free during its whole life: with the handful of large tensors of these networks this
    /// reaches the sum of what lives together. What is welcome earlier is there earlier where that leaves the size as it is.
    /// </remarks>
    public static long Place(IEnumerable<Storage> storages)
    {
        Storage[] all = [.. storages.OrderByDescending(s => s.Bytes).ThenBy(s => s.Needed)];
        var placed = new List<Storage>();
        long size = 0;
        foreach (Storage storage in all)
        {
            storage.First = storage.Needed;
            storage.Offset = Lowest(placed, storage, storage.First);
            size = Math.Max(size, storage.Offset + storage.Bytes);
            placed.Add(storage);
        }
        foreach (Storage storage in all.Where(s => s.Welcome < s.Needed))
        {
            long offset = Lowest(placed, storage, storage.Welcome);
            if (offset + storage.Bytes <= size) (storage.First, storage.Offset) = (storage.Welcome, offset);
        }
        return size;
    }

    // The lowest place that is free from a step on until the last that uses the storage.
    private static long Lowest(List<Storage> placed, Storage storage, int from)
    {
        long offset = 0;
        foreach (Storage other in placed.Where(p => p != storage && p.First <= storage.Last && from <= p.Last).OrderBy(p => p.Offset))
        {
            if (other.Offset - offset >= storage.Bytes) break;
            offset = Math.Max(offset, other.Offset + other.Bytes);
        }
        return offset;
    }
}
