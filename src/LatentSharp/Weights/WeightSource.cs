using System.Diagnostics;

namespace LatentSharp.Weights;

/// <summary>
/// Named tensors that can be read as float32: a file, a view of a file under other names, or values in memory.
/// Reading is thread-safe and does not move a shared position.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class WeightSource
{
    /// <summary>What error messages call this source: a path, or a description.</summary>
    public abstract string Name { get; }

    /// <summary>Every tensor by name.</summary>
    public abstract IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Free text that the source carries about itself, such as the <c>__metadata__</c> of a safetensors file.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Reads elements <paramref name="first"/> .. <paramref name="first"/> + <paramref name="destination"/>.Length - 1 of a tensor in
    /// row-major order, widened to float32.
    /// </summary>
    /// <param name="tensor">A tensor of this source.</param>
    /// <param name="first">The first element; a multiple of the block length of a quantised type.</param>
    /// <param name="destination">Where the values go.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range reaches outside the tensor.</exception>
    public abstract void Read(TensorInfo tensor, long first, Span<float> destination);

    /// <summary>Copies stored bytes of a tensor, starting <paramref name="offset"/> bytes into it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range reaches outside the tensor.</exception>
    public abstract void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination);

    /// <summary>
    /// Where the stored bytes of a tensor lie as one contiguous, uncompressed run of a file on disk, in row-major order; null when they do
    /// not (values in memory, a compressed member, elements that are permuted on reading). Another program can then use them in place.
    /// </summary>
    public virtual StoredRange? Locate(TensorInfo tensor) => null;

    /// <summary>
    /// The stretches of tensors, one after the other, that the elements of a tensor are: of this source, or of what it is a view of, where
    /// elements only have other names there or stand in another order.
    /// </summary>
    internal virtual IEnumerable<WeightStretch> Stretches(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return [new WeightStretch(tensor, 0, tensor.Shape.ElementCount)];
    }

    /// <summary>
    /// As many stored bytes of a tensor as <paramref name="buffer"/> takes, from <paramref name="offset"/> on: where they lie if that is in
    /// memory for as long as the source lives, else in the buffer. For readers that use the bytes once, at once.
    /// </summary>
    internal virtual ReadOnlySpan<byte> Borrow(TensorInfo tensor, long offset, Span<byte> buffer)
    {
        ReadBytes(tensor, offset, buffer);
        return buffer;
    }

    /// <summary>The whole tensor, widened to float32.</summary>
    public float[] Read(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var values = new float[tensor.Shape.ElementCount];
        Read(tensor, 0, values);
        return values;
    }

    /// <summary>Name and number of tensors.</summary>
    public override string ToString() => $"{Name}: {Tensors.Count} tensor{(Tensors.Count == 1 ? "" : "s")}";

    /// <summary>Refuses a range that reaches outside a tensor.</summary>
    internal static void CheckRange(long first, long count, long total, string name)
    {
        if (first < 0 || first > total - count)
            throw new ArgumentOutOfRangeException(nameof(first), $"{first} to {first + count} reaches outside the {total} of {name}");
    }
}

/// <summary>Consecutive elements of a tensor.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="First">The first element.</param>
/// <param name="Count">How many.</param>
internal readonly record struct WeightStretch(TensorInfo Tensor, long First, long Count)
{
    /// <summary>The elements of stretches from <paramref name="first"/> on.</summary>
    public static IEnumerable<WeightStretch> Cut(IEnumerable<WeightStretch> stretches, long first, long count)
    {
        foreach (WeightStretch stretch in stretches)
        {
            long skipped = Math.Min(first, stretch.Count), taken = Math.Min(count, stretch.Count - skipped);
            if (taken > 0) yield return new WeightStretch(stretch.Tensor, stretch.First + skipped, taken);
            first -= skipped;
            count -= taken;
        }
    }
}
