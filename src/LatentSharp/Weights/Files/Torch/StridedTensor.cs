using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files.Torch;

/// <summary>
/// A tensor whose elements do not follow each other in its storage: a transposed, sliced or repeated view. It is put into row-major order
/// while it is read.
/// </summary>
internal sealed class StridedTensor
{
    /// <summary>The longest stretch of a storage that a view may extend over, since it is read at once.</summary>
    public const long MaxSpan = 1 << 30;

    private readonly FileBytes file;
    private readonly long[] strides;
    private readonly long offset;
    private readonly int span;
    private readonly WeakReference<byte[]?> kept = new(null);      // readers ask for a tensor piece by piece

    /// <summary>A view whose first element lies <paramref name="offset"/> bytes into the file.</summary>
    public StridedTensor(FileBytes file, TensorInfo info, long offset, long[] strides)
    {
        (this.file, Info, this.offset, this.strides) = (file, info, offset, strides);
        long last = 0;
        for (int i = 0; i < strides.Length; i++) last += Math.Max(0, info.Shape[i] - 1) * strides[i];
        long bytes = (last + 1) * info.Type.BlockBytes();
        if (bytes > MaxSpan)
            throw new CheckpointException(
                $"the tensor {SafetensorsHeader.Quote(info.Name)} is a view that extends over {bytes:N0} bytes; views that are not contiguous may "
                    + $"extend over {MaxSpan:N0}");
        span = (int)bytes;
    }

    public TensorInfo Info { get; }

    /// <summary>Copies elements in row-major order, as stored.</summary>
    public void Read(long first, Span<byte> destination)
    {
        int size = Info.Type.BlockBytes();
        if (destination.IsEmpty) return;
        Span<long> index = stackalloc long[strides.Length];
        long rest = first, at = 0;
        for (int axis = strides.Length - 1; axis >= 0; axis--)
        {
            (rest, index[axis]) = Math.DivRem(rest, Info.Shape[axis]);
            at += index[axis] * strides[axis];
        }
        ReadOnlySpan<byte> source = Stretch();
        for (int to = 0; to < destination.Length; to += size)
        {
            source.Slice((int)(at * size), size).CopyTo(destination[to..]);
            for (int axis = strides.Length - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++index[axis] < Info.Shape[axis]) break;
                at -= strides[axis] * index[axis];
                index[axis] = 0;
            }
        }
    }

    private byte[] Stretch()
    {
        if (kept.TryGetTarget(out byte[]? bytes) && bytes is not null) return bytes;
        bytes = new byte[span];
        file.Read(offset, bytes);
        kept.SetTarget(bytes);
        return bytes;
    }

    /// <summary>Whether elements of this shape with these strides follow each other in row-major order.</summary>
    public static bool IsContiguous(Shape shape, ReadOnlySpan<long> strides)
    {
        long expected = 1;
        for (int axis = strides.Length - 1; axis >= 0; axis--)
        {
            if (shape[axis] != 1 && strides[axis] != expected) return shape.ElementCount == 0;
            expected *= shape[axis];
        }
        return true;
    }
}
