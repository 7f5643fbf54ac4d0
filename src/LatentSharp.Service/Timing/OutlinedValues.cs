using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Service.Timing;

/// <summary>
/// The names and shapes of an outline with values that anybody can make, in BF16: value i of every tensor is (i mod 29 - 14) / 512, which
/// is about as large as weights are. All tensors lie in one piece of memory, that of the largest.
/// </summary>
internal sealed class OutlinedValues : WeightSource
{
    private readonly WeightSource outline;
    private readonly byte[] values;

    /// <param name="outline">Names and shapes; its values are not asked for.</param>
    /// <param name="largest">Bytes of the largest tensor that will be read.</param>
    public OutlinedValues(WeightSource outline, long largest)
    {
        this.outline = outline;
        values = new byte[largest];
        for (int i = 0; i < values.Length / 2; i++)
        {
            // the upper half of a float32
            int bits = BitConverter.SingleToInt32Bits((i % 29 - 14) / 512f);
            (values[2 * i], values[2 * i + 1]) = ((byte)(bits >> 16), (byte)(bits >> 24));
        }
    }

    /// <inheritdoc/>
    public override string Name => outline.Name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => outline.Tensors;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => outline.Metadata;

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination)
        => Widening.ToSingle(ElementType.BF16, values.AsSpan(checked(2 * (int)first), 2 * destination.Length), destination);

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
        => values.AsSpan(checked((int)offset), destination.Length).CopyTo(destination);

    internal override ReadOnlySpan<byte> Borrow(TensorInfo tensor, long offset, Span<byte> buffer)
        => values.AsSpan(checked((int)offset), buffer.Length);
}
