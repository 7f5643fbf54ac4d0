using LatentSharp.Tensors;
using LatentSharp.Tests.Cpu;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Vulkan;

/// <summary>A source of one tensor, stored as a file of some type would store it.</summary>
internal sealed class StoredSource : WeightSource
{
    private readonly byte[] stored;
    private readonly float[] values;

    public StoredSource(string name, ElementType type, params ReadOnlySpan<long> shape)
    {
        var info = new TensorInfo(name, type, new Shape(shape));
        Tensors = new Dictionary<string, TensorInfo> { [name] = info };
        stored = StoredValues.Of(type, (int)info.Shape.ElementCount);
        values = new float[info.Shape.ElementCount];
        Widening.ToSingle(type, stored, values);
    }

    public override string Name => "stored values";

    public override IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public override void Read(TensorInfo tensor, long first, Span<float> destination)
        => values.AsSpan((int)first, destination.Length).CopyTo(destination);

    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
        => stored.AsSpan((int)offset, destination.Length).CopyTo(destination);
}
