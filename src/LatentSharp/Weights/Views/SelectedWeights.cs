using LatentSharp.Tensors;

namespace LatentSharp.Weights.Views;

/// <summary>
/// A source in which one index of a dimension is taken of some tensors, such as the last tap in time of a convolution over frames, or the
/// first half of a dimension.
/// </summary>
public sealed class SelectedWeights : WeightView
{
    private readonly WeightSource source;
    private readonly Dictionary<string, Selection> selected = new(StringComparer.Ordinal);

    /// <summary>A view in which nothing is selected yet.</summary>
    public SelectedWeights(WeightSource source) : base((source ?? throw new ArgumentNullException(nameof(source))).Name, source.Metadata)
    {
        this.source = source;
        foreach (TensorInfo tensor in source.Tensors.Values) List(tensor);
    }

    /// <summary>Takes one index of a dimension; the dimension goes.</summary>
    /// <param name="name">The tensor; of a type with one element a block.</param>
    /// <param name="axis">The dimension.</param>
    /// <param name="index">The index that stays.</param>
    /// <exception cref="ArgumentException">There is no such tensor, dimension or index, or the tensor is quantised in blocks.</exception>
    public void Select(string name, int axis, long index)
    {
        TensorInfo stored = Stored(name);
        Shape shape = stored.Shape;
        if (axis < 0 || axis >= shape.Rank || index < 0 || index >= shape[axis])
            throw new ArgumentException($"{name} {shape} has no index {index} in dimension {axis}", nameof(index));
        Relist(stored with { Shape = new Shape([.. shape.Dimensions.AsSpan()[..axis], .. shape.Dimensions.AsSpan()[(axis + 1)..]]) });
        selected[name] = new Selection(stored, shape[axis], index, Run(shape, axis));
    }

    /// <summary>Takes the first half of a dimension.</summary>
    /// <param name="name">The tensor; of a type with one element a block.</param>
    /// <param name="axis">The dimension; even.</param>
    /// <exception cref="ArgumentException">There is no such tensor or dimension, it is odd, or the tensor is quantised in blocks.</exception>
    internal void SelectFirstHalf(string name, int axis)
    {
        TensorInfo stored = Stored(name);
        Shape shape = stored.Shape;
        if (axis < 0 || axis >= shape.Rank || shape[axis] % 2 != 0)
            throw new ArgumentException($"dimension {axis} of {name} {shape} has no halves", nameof(axis));
        long half = shape[axis] / 2;
        Relist(stored with
        {
            Shape = new Shape([.. shape.Dimensions.AsSpan()[..axis], half, .. shape.Dimensions.AsSpan()[(axis + 1)..]])
        });
        selected[name] = new Selection(stored, 2, 0, half * Run(shape, axis));
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        TensorInfo info = Find(tensor, first, destination.Length);
        if (!selected.TryGetValue(info.Name, out Selection? selection))
        {
            source.Read(info, first, destination);
            return;
        }
        while (destination.Length > 0)
        {
            (long from, int count) = selection.At(first, destination.Length);
            source.Read(selection.Stored, from, destination[..count]);
            destination = destination[count..];
            first += count;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        TensorInfo info = Find(tensor);
        if (!selected.TryGetValue(info.Name, out Selection? selection))
        {
            source.ReadBytes(info, offset, destination);
            return;
        }
        CheckRange(offset, destination.Length, info.ByteLength, info.Name);
        int size = info.Type.BlockBytes();
        while (destination.Length > 0)
        {
            (long element, int inside) = (offset / size, (int)(offset % size));
            (long from, int count) = selection.At(element, (inside + destination.Length + size - 1) / size);
            int bytes = Math.Min(count * size - inside, destination.Length);
            source.ReadBytes(selection.Stored, from * size + inside, destination[..bytes]);
            destination = destination[bytes..];
            offset += bytes;
        }
    }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor)
    {
        TensorInfo info = Find(tensor);
        return !selected.TryGetValue(info.Name, out Selection? selection) ? source.Locate(info)
            : selection.Length == 1 ? source.Locate(selection.Stored) : null;
    }

    private TensorInfo Stored(string name)
    {
        if (!source.Tensors.TryGetValue(name, out TensorInfo? stored))
            throw new ArgumentException($"{source.Name} holds no tensor called {name}", nameof(name));
        if (stored.Type.BlockLength() > 1) throw new ArgumentException($"{name} is stored in blocks of {stored.Type}", nameof(name));
        return stored;
    }

    // The elements that lie together below an index of a dimension.
    private static long Run(Shape shape, int axis)
    {
        long run = 1;
        for (int i = axis + 1; i < shape.Rank; i++) run *= shape[i];
        return Math.Max(1, run);
    }

    private sealed record Selection(TensorInfo Stored, long Length, long Index, long Run)
    {
        /// <summary>Where an element is stored, and how many follow it there.</summary>
        public (long From, int Count) At(long element, int wanted)
        {
            if (Length == 1) return (element, wanted);
            (long run, long inside) = Math.DivRem(element, Run);
            return ((run * Length + Index) * Run + inside, (int)Math.Min(Run - inside, wanted));
        }
    }
}
