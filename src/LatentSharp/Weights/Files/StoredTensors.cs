using System.Buffers;
using System.Runtime.InteropServices;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files;

/// <summary>Tensors that lie as contiguous runs of bytes in one file: the reading half of every container format.</summary>
internal sealed class StoredTensors
{
    // Stored elements are widened from a buffer that stays in the processor's cache.
    private const int BufferBytes = 256 << 10;

    private readonly FileBytes file;
    private readonly Dictionary<string, TensorInfo> infos;
    private readonly Dictionary<string, long> offsets;

    public StoredTensors(FileBytes file, int capacity = 0)
    {
        this.file = file;
        infos = new(capacity, StringComparer.Ordinal);
        offsets = new(capacity, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, TensorInfo> Infos => infos;

    /// <summary>Adds a tensor whose bytes begin at <paramref name="offset"/> of the file; false when the name is taken.</summary>
    public bool TryAdd(TensorInfo info, long offset)
    {
        if (!infos.TryAdd(info.Name, info)) return false;
        offsets[info.Name] = offset;
        return true;
    }

    public StoredRange? Locate(TensorInfo tensor)
    {
        (TensorInfo info, long offset) = Find(tensor);
        return file.IsOnDisk ? new StoredRange(file.Path, offset, info.ByteLength) : null;
    }

    public void Read(TensorInfo tensor, long first, Span<float> destination)
    {
        (TensorInfo info, long offset) = Find(tensor);
        WeightSource.CheckRange(first, destination.Length, info.Shape.ElementCount, info.Name);
        Widening.RequireReadable(info, file.Path);
        int block = info.Type.BlockLength(), blockBytes = info.Type.BlockBytes();
        if (first % block != 0 || (destination.Length % block != 0 && first + destination.Length != info.Shape.ElementCount))
            throw new ArgumentOutOfRangeException(nameof(first), $"{info.Name} is stored as {info.Type}: it is read in whole blocks of {block} elements");
        offset += first / block * blockBytes;
        if (info.Type == ElementType.F32 && BitConverter.IsLittleEndian)
        {
            file.Read(offset, MemoryMarshal.AsBytes(destination));
            return;
        }
        int step = BufferBytes / blockBytes * block;
        byte[] buffer =
            ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferBytes, (long)(destination.Length + block - 1) / block * blockBytes));
        try
        {
            while (destination.Length > 0)
            {
                Span<float> part = destination[..Math.Min(step, destination.Length)];
                int bytes = part.Length / block * blockBytes;
                file.Read(offset, buffer.AsSpan(0, bytes));
                Widening.ToSingle(info.Type, buffer, part);
                destination = destination[part.Length..];
                offset += bytes;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        (TensorInfo info, long start) = Find(tensor);
        WeightSource.CheckRange(offset, destination.Length, info.ByteLength, info.Name);
        file.Read(start + offset, destination);
    }

    private (TensorInfo Info, long Offset) Find(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return infos.TryGetValue(tensor.Name, out TensorInfo? info)
            ? (info, offsets[tensor.Name])
            : throw new ArgumentException($"{file.Path} holds no tensor called {tensor.Name}", nameof(tensor));
    }
}
