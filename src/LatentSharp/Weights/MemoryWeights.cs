using System.Runtime.InteropServices;
using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>Float32 tensors held in memory.</summary>
public sealed class MemoryWeights : WeightSource
{
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> values = new(StringComparer.Ordinal);

    /// <summary>An empty set called <paramref name="name"/> in messages.</summary>
    public MemoryWeights(string name = "memory") => Name = name;

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>Adds or replaces a tensor. The array is not copied.</summary>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public void Add(string name, float[] data, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(data);
        var info = new TensorInfo(name, ElementType.F32, new Shape(shape));
        if (info.Shape.ElementCount != data.Length)
            throw new ArgumentException($"{name} {info.Shape} has {info.Shape.ElementCount} elements, not {data.Length}", nameof(data));
        (tensors[name], values[name]) = (info, data);
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        values[tensor.Name].AsSpan(checked((int)first), destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        MemoryMarshal.AsBytes(values[tensor.Name].AsSpan()).Slice(checked((int)offset), destination.Length).CopyTo(destination);
    }

    internal override ReadOnlySpan<byte> Borrow(TensorInfo tensor, long offset, Span<byte> buffer)
        => MemoryMarshal.AsBytes(values[tensor.Name].AsSpan()).Slice(checked((int)offset), buffer.Length);
}
