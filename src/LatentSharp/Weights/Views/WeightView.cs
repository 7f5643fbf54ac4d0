using LatentSharp.Tensors;

namespace LatentSharp.Weights.Views;

/// <summary>
/// Weights that are made of other weights while they are read. Nothing is copied; the source stays the caller's and has to stay open.
/// </summary>
public abstract class WeightView : WeightSource
{
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    private protected WeightView(string name, IReadOnlyDictionary<string, string> metadata) => (Name, Metadata) = (name, metadata);

    /// <inheritdoc/>
    public sealed override string Name { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <inheritdoc/>
    public sealed override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Lists a tensor of the view; false when the name is taken.</summary>
    private protected bool List(TensorInfo tensor) => tensors.TryAdd(tensor.Name, tensor);

    /// <summary>Lists a tensor of the view in place of one of that name, if there is one.</summary>
    private protected void Relist(TensorInfo tensor) => tensors[tensor.Name] = tensor;

    /// <summary>The tensor of this view that is meant by <paramref name="tensor"/>, after a look at the range of elements.</summary>
    private protected TensorInfo Find(TensorInfo tensor, long first, long count)
    {
        TensorInfo info = Find(tensor);
        CheckRange(first, count, info.Shape.ElementCount, info.Name);
        return info;
    }

    /// <summary>The tensor of this view that is meant by <paramref name="tensor"/>.</summary>
    private protected TensorInfo Find(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensors.TryGetValue(tensor.Name, out TensorInfo? info) ? info
            : throw new ArgumentException($"{Name} holds no tensor called {tensor.Name}", nameof(tensor));
    }

    /// <summary>
    /// Reads values of a source from any element on: a quantised tensor is read in whole blocks there, a view of it wherever the reader
    /// likes.
    /// </summary>
    private protected static void ReadAnywhere(WeightSource source, TensorInfo stored, long first, Span<float> destination)
    {
        int block = stored.Type.BlockLength(), before = (int)(first % block);
        if (before == 0 && destination.Length % block == 0)
        {
            source.Read(stored, first, destination);
            return;
        }
        var whole = new float[(before + destination.Length + block - 1) / block * block];
        source.Read(stored, first - before, whole.AsSpan(0, (int)Math.Min(whole.Length, stored.Shape.ElementCount - first + before)));
        whole.AsSpan(before, destination.Length).CopyTo(destination);
    }

    /// <summary>Stored bytes of a tensor of a type with one element a block, made from its values.</summary>
    private protected void BytesOf(TensorInfo info, long offset, Span<byte> destination)
    {
        CheckRange(offset, destination.Length, info.ByteLength, info.Name);
        int size = info.Type.BlockBytes(), skip = (int)(offset % size);
        const int chunk = 1 << 14;
        var values = new float[Math.Min(chunk, (skip + (long)destination.Length + size - 1) / size)];
        var bytes = new byte[values.Length * size];
        for (long element = offset / size; destination.Length > 0; element += values.Length)
        {
            int count = (int)Math.Min(values.Length, info.Shape.ElementCount - element);
            Read(info, element, values.AsSpan(0, count));
            Narrowing.FromSingle(info.Type, values.AsSpan(0, count), bytes);
            int length = Math.Min(count * size - skip, destination.Length);
            bytes.AsSpan(skip, length).CopyTo(destination);
            destination = destination[length..];
            skip = 0;
        }
    }
}
