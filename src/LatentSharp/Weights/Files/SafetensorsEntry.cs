using System.Buffers;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files;

/// <summary>A tensor to be written: what it is, and how its bytes are produced when their turn comes.</summary>
/// <param name="Info">Name, type (not a quantised one) and shape.</param>
/// <param name="Write">Writes exactly <see cref="TensorInfo.ByteLength"/> bytes, little-endian, row-major. Called once.</param>
public sealed record SafetensorsEntry(TensorInfo Info, Action<Stream, CancellationToken> Write)
{
    private const int Chunk = 1 << 18;      // elements held at a time

    /// <summary>Float32 values in memory.</summary>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public static SafetensorsEntry Of(string name, ReadOnlyMemory<float> values, params ReadOnlySpan<long> shape)
    {
        var info = new TensorInfo(name, ElementType.F32, new Shape(shape));
        if (info.Shape.ElementCount != values.Length)
            throw new ArgumentException($"{name} {info.Shape} has {info.Shape.ElementCount} elements, not {values.Length}", nameof(values));
        return new SafetensorsEntry(info, (stream, cancellationToken) =>
        {
            var bytes = new byte[Math.Min(Chunk, values.Length) * 4];
            for (int first = 0; first < values.Length; first += Chunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ReadOnlySpan<float> part = values.Span.Slice(first, Math.Min(Chunk, values.Length - first));
                Narrowing.FromSingle(ElementType.F32, part, bytes);
                stream.Write(bytes, 0, part.Length * 4);
            }
        });
    }

    /// <summary>A tensor of another source, byte for byte, under a name and a shape that may differ from the stored ones.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements, or the tensor is of a quantised type.</exception>
    public static SafetensorsEntry Copy(WeightSource source, TensorInfo tensor, string name, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tensor);
        CheckShape(tensor, shape);
        if (tensor.Type.IsGguf()) throw new ArgumentException($"{tensor.Name} is stored as {tensor.Type}, which safetensors does not know", nameof(tensor));
        return new SafetensorsEntry(new TensorInfo(name, tensor.Type, shape), (stream, cancellationToken) =>
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(4 * Chunk, Math.Max(1, tensor.ByteLength)));
            try
            {
                for (long offset = 0; offset < tensor.ByteLength;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    int count = (int)Math.Min(buffer.Length, tensor.ByteLength - offset);
                    source.ReadBytes(tensor, offset, buffer.AsSpan(0, count));
                    stream.Write(buffer, 0, count);
                    offset += count;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        });
    }

    /// <summary>
    /// A tensor of another source as F32, F16, BF16 or F8_E4M3, rounded to nearest, ties to even. A tensor that has the type already is
    /// copied.
    /// </summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    /// <remarks>Writing throws <see cref="LatentSharpException"/> when a finite value lies outside the range of the new type.</remarks>
    public static SafetensorsEntry Convert(WeightSource source, TensorInfo tensor, string name, Shape shape, ElementType type)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tensor);
        CheckShape(tensor, shape);
        if (!Narrowing.Supports(type)) throw new ArgumentOutOfRangeException(nameof(type), type, "weights are written as F32, F16, BF16 or F8_E4M3");
        if (tensor.Type == type) return Copy(source, tensor, name, shape);
        return new SafetensorsEntry(new TensorInfo(name, type, shape), (stream, cancellationToken) =>
        {
            int chunk = (int)Math.Min(Chunk, Math.Max(1, shape.ElementCount));
            float[] values = ArrayPool<float>.Shared.Rent(chunk);
            byte[] bytes = ArrayPool<byte>.Shared.Rent(chunk * type.BlockBytes());
            try
            {
                for (long first = 0; first < shape.ElementCount; first += chunk)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Span<float> part = values.AsSpan(0, (int)Math.Min(chunk, shape.ElementCount - first));
                    source.Read(tensor, first, part);
                    long lost = Narrowing.FromSingle(type, part, bytes);
                    if (lost > 0)
                        throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                            $"the tensor {tensor.Name} holds values that {type.Name()} cannot hold ({lost} among elements {first} to "
                                + $"{first + part.Length - 1}).", "Choose bf16 or f32.");
                    stream.Write(bytes, 0, part.Length * type.BlockBytes());
                }
            }
            finally
            {
                ArrayPool<float>.Shared.Return(values);
                ArrayPool<byte>.Shared.Return(bytes);
            }
        });
    }

    private static void CheckShape(TensorInfo tensor, Shape shape)
    {
        if (shape.ElementCount != tensor.Shape.ElementCount)
            throw new ArgumentException($"{tensor.Name} {tensor.Shape} cannot be written as {shape}", nameof(shape));
    }
}
