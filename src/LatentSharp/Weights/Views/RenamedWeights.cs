using LatentSharp.Tensors;

namespace LatentSharp.Weights.Views;

/// <summary>
/// Tensors of other sources, or stretches of them, under other names and in other shapes. Their order of elements and their type stay.
/// </summary>
public sealed class RenamedWeights : WeightView
{
    private readonly Dictionary<string, Origin> origins = new(StringComparer.Ordinal);

    /// <summary>An empty view.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="metadata">Its metadata.</param>
    public RenamedWeights(string name, IReadOnlyDictionary<string, string> metadata) : base(name, metadata)
    {
    }

    /// <summary>A view of a whole source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="rename">The new name of each; null leaves the tensor out.</param>
    /// <exception cref="ArgumentException">Two tensors get the same name.</exception>
    public RenamedWeights(WeightSource source, Func<string, string?> rename)
        : this((source ?? throw new ArgumentNullException(nameof(source))).Name, source.Metadata)
    {
        ArgumentNullException.ThrowIfNull(rename);
        foreach (TensorInfo tensor in source.Tensors.Values)
            if (rename(tensor.Name) is { } name && !TryAdd(name, source, tensor))
                throw new ArgumentException($"two tensors of {source.Name} would be called {name}", nameof(rename));
    }

    /// <summary>Adds a tensor, or a stretch of one.</summary>
    /// <param name="name">Its name here.</param>
    /// <param name="source">Where it is.</param>
    /// <param name="stored">What it is there.</param>
    /// <param name="shape">Its shape here; null for the stored one.</param>
    /// <param name="first">The element of the stored tensor that it begins with; a multiple of the block length of a quantised
    /// type.</param>
    /// <returns>False when the name is taken.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The stretch reaches outside the stored tensor, or does not begin with a
    /// block.</exception>
    public bool TryAdd(string name, WeightSource source, TensorInfo stored, Shape? shape = null, long first = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(stored);
        Shape here = shape ?? stored.Shape;
        CheckRange(first, here.ElementCount, stored.Shape.ElementCount, stored.Name);
        if (first % stored.Type.BlockLength() != 0)
            throw new ArgumentOutOfRangeException(nameof(first), first, $"{stored.Name} is cut at multiples of {stored.Type.BlockLength()} elements");
        if (!List(new TensorInfo(name, stored.Type, here))) return false;
        // A view of a view would only add a step to every reading.
        origins[name] = source is RenamedWeights other
            ? other.origins[stored.Name] with { First = other.origins[stored.Name].First + first } : new Origin(source, stored, first);
        return true;
    }

    /// <summary>The tensor that one of this view comes from, as its source stores it.</summary>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    public TensorInfo Stored(string name) => origins[name].Stored;

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        Origin origin = origins[Find(tensor, first, destination.Length).Name];
        origin.Source.Read(origin.Stored, origin.First + first, destination);
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        TensorInfo info = Find(tensor);
        CheckRange(offset, destination.Length, info.ByteLength, info.Name);
        Origin origin = origins[info.Name];
        origin.Source.ReadBytes(origin.Stored, origin.FirstByte + offset, destination);
    }

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor)
    {
        TensorInfo info = Find(tensor);
        Origin origin = origins[info.Name];
        return origin.Source.Locate(origin.Stored) is { } range
            ? range with { Offset = range.Offset + origin.FirstByte, Length = info.ByteLength } : null;
    }

    internal override IEnumerable<WeightStretch> Stretches(TensorInfo tensor)
    {
        TensorInfo info = Find(tensor);
        Origin origin = origins[info.Name];
        return WeightStretch.Cut(origin.Source.Stretches(origin.Stored), origin.First, info.Shape.ElementCount);
    }

    private sealed record Origin(WeightSource Source, TensorInfo Stored, long First)
    {
        public long FirstByte => First / Stored.Type.BlockLength() * Stored.Type.BlockBytes();
    }
}
