using LatentSharp.Tensors;

namespace LatentSharp.Weights.Views;

/// <summary>A source with its values rounded to a type of fewer bits, to nearest, ties to even, as a conversion would write them.</summary>
public sealed class RoundedWeights : WeightView
{
    private const int Chunk = 1 << 14;

    private readonly WeightSource source;
    private readonly ElementType type;

    /// <summary>A view of all tensors that hold floating-point numbers as <paramref name="type"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not F32, F16, BF16 or F8_E4M3.</exception>
    public RoundedWeights(WeightSource source, ElementType type)
        : base((source ?? throw new ArgumentNullException(nameof(source))).Name, source.Metadata)
    {
        if (!Narrowing.Supports(type)) throw new ArgumentOutOfRangeException(nameof(type), type, "weights are rounded to F32, F16, BF16 or F8_E4M3");
        (this.source, this.type) = (source, type);
        foreach (TensorInfo tensor in source.Tensors.Values) List(tensor.Type.IsFloat() ? tensor with { Type = type } : tensor);
    }

    /// <summary>The first tensor with finite values that the type cannot hold; null when all stay finite.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    public TensorInfo? FirstThatOverflows(CancellationToken cancellationToken = default)
    {
        var values = new float[Chunk];
        var bytes = new byte[4 * Chunk];
        foreach (TensorInfo tensor in source.Tensors.Values.Where(t => t.Type.IsFloat()))
        {
            int step = Chunk / tensor.Type.BlockLength() * tensor.Type.BlockLength();
            for (long first = 0; first < tensor.Shape.ElementCount; first += step)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> part = values.AsSpan(0, (int)Math.Min(step, tensor.Shape.ElementCount - first));
                source.Read(tensor, first, part);
                if (Narrowing.FromSingle(type, part, bytes) > 0) return tensor;
            }
        }
        return null;
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        TensorInfo info = Find(tensor, first, destination.Length), stored = source.Tensors[info.Name];
        ReadAnywhere(source, stored, first, destination);
        if (info.Type == stored.Type) return;
        Span<byte> bytes = stackalloc byte[4 * 1024];
        for (int done = 0; done < destination.Length; done += 1024)
        {
            Span<float> part = destination.Slice(done, Math.Min(1024, destination.Length - done));
            Narrowing.FromSingle(type, part, bytes);
            Widening.ToSingle(type, bytes, part);
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        TensorInfo info = Find(tensor), stored = source.Tensors[info.Name];
        if (info.Type == stored.Type) source.ReadBytes(stored, offset, destination);
        else BytesOf(info, offset, destination);
    }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor) => Find(tensor).Type == source.Tensors[tensor.Name].Type
        ? source.Locate(source.Tensors[tensor.Name]) : null;
}
