using System.Runtime.InteropServices;

namespace LatentSharp.Datasets.Manifests;

/// <summary>
/// Sorts any number of records by their keys in a few megabytes: what does not fit is sorted in runs, which lie in a temporary file until
/// they are merged. Records of the same key come one after another, in an order that depends on nothing but the order in which they were
/// added.
/// </summary>
/// <typeparam name="T">What belongs to a key.</typeparam>
/// <param name="inMemory">Records that are held in memory.</param>
internal sealed class KeyedSort<T>(int inMemory = 1 << 16) : IDisposable where T : unmanaged
{
    // Records of a run that are read at a time.
    private const int Piece = 1 << 9;

    private readonly List<(long Offset, int Count)> runs = [];
    private UInt128[] keys = new UInt128[Math.Min(inMemory, 1 << 10)];
    private T[] values = new T[Math.Min(inMemory, 1 << 10)];
    private int held;
    private FileStream? file;

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a record.</summary>
    public void Add(UInt128 key, T value)
    {
        if (held == inMemory) Spill();
        if (held == keys.Length)
        {
            Array.Resize(ref keys, Math.Min(inMemory, 2 * held));
            Array.Resize(ref values, Math.Min(inMemory, 2 * held));
        }
        (keys[held], values[held]) = (key, value);
        held++;
        Count++;
    }

    /// <summary>All records by ascending keys. Nothing may be added while they are gone through.</summary>
    public IEnumerable<(UInt128 Key, T Value)> Ordered()
    {
        if (runs.Count == 0)
        {
            SortHeld();
            for (int i = 0; i < held; i++) yield return (keys[i], values[i]);
            yield break;
        }
        if (held > 0) Spill();
        Run[] open = [.. runs.Select(r => new Run(file!, r.Offset, r.Count))];
        // Runs with the same key come in the order in which they were made.
        var next = new PriorityQueue<int, (UInt128 Key, int Run)>();
        for (int i = 0; i < open.Length; i++) next.Enqueue(i, (open[i].Key, i));
        while (next.TryDequeue(out int i, out _))
        {
            yield return (open[i].Key, open[i].Value);
            if (open[i].MoveNext()) next.Enqueue(i, (open[i].Key, i));
        }
    }

    public void Dispose() => file?.Dispose();

    private void SortHeld() => Array.Sort(keys, values, 0, held);

    private void Spill()
    {
        SortHeld();
        file ??= TemporaryFile.Create();
        runs.Add((file.Length, held));
        file.Position = file.Length;
        // Keys and values by turns, as they are read.
        for (int first = 0; first < held; first += Piece)
        {
            int count = Math.Min(Piece, held - first);
            file.Write(MemoryMarshal.AsBytes(keys.AsSpan(first, count)));
            file.Write(MemoryMarshal.AsBytes(values.AsSpan(first, count)));
        }
        held = 0;
    }

    /// <summary>A run that is read.</summary>
    private sealed class Run
    {
        private readonly FileStream file;
        private readonly UInt128[] keys = new UInt128[Piece];
        private readonly T[] values = new T[Piece];
        private long offset;
        private int left, at, count;

        public Run(FileStream file, long offset, int count)
        {
            (this.file, this.offset, left) = (file, offset, count);
            Fill();
        }

        public UInt128 Key => keys[at];

        public T Value => values[at];

        public bool MoveNext()
        {
            if (++at < count) return true;
            if (left == 0) return false;
            Fill();
            return true;
        }

        private void Fill()
        {
            (at, count) = (0, Math.Min(Piece, left));
            Read(MemoryMarshal.AsBytes(keys.AsSpan(0, count)));
            Read(MemoryMarshal.AsBytes(values.AsSpan(0, count)));
            left -= count;
        }

        private void Read(Span<byte> bytes)
        {
            file.ReadWhole(bytes, offset);
            offset += bytes.Length;
        }
    }
}
