namespace LatentSharp.Cpu.Memory;

/// <summary>Places storages in one block of memory so that those that exist at the same time do not overlap.</summary>
internal static class Arena
{
    /// <summary>Sets every offset; returns the size of the block in bytes.</summary>
    /// <remarks>Largest first, each at the lowest place that is free during its whole life: with the handful of large tensors of these networks this reaches the sum of what lives together.</remarks>
    public static long Place(IEnumerable<Storage> storages)
    {
        var placed = new List<Storage>();
        long size = 0;
        foreach (Storage storage in storages.OrderByDescending(s => s.Bytes).ThenBy(s => s.First))
        {
            long offset = 0;
            foreach (Storage other in placed.Where(p => p.First <= storage.Last && storage.First <= p.Last).OrderBy(p => p.Offset))
            {
                if (other.Offset - offset >= storage.Bytes) break;
                offset = Math.Max(offset, other.Offset + other.Bytes);
            }
            storage.Offset = offset;
            size = Math.Max(size, offset + storage.Bytes);
            placed.Add(storage);
        }
        return size;
    }
}
