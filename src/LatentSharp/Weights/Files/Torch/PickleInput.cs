using System.Buffers.Binary;
using System.Text;

namespace LatentSharp.Weights.Files.Torch;

/// <summary>The bytes of a pickle, read in order from a part of a file.</summary>
internal sealed class PickleInput(FileBytes file, long start, long end)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] buffer = new byte[(int)Math.Min(64 << 10, Math.Max(1, end - start))];
    private long next = start;      // where the buffer is refilled from
    private long limit = Math.Min(end, start + PickleLimits.MaxBytes);
    private int used;
    private int filled;

    /// <summary>The position in the file.</summary>
    public long Position => next - (filled - used);

    /// <summary>Allows another pickle of full length from here on.</summary>
    public void Restart() => limit = Math.Min(end, Position + PickleLimits.MaxBytes);

    public byte ReadByte()
    {
        if (used == filled) Fill();
        return buffer[used++];
    }

    /// <summary>Reads the length of a frame, which has to lie within the pickle.</summary>
    public void CheckFrame()
    {
        ulong length = ReadUInt64();
        if (length > (ulong)(limit - Position))
            throw new CheckpointException($"the pickle has a frame of {length:N0} bytes where {limit - Position:N0} are left");
    }

    public ushort ReadUInt16() => (ushort)(ReadByte() | ReadByte() << 8);

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public double ReadDoubleBigEndian()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>Reads bytes whose number the pickle states, after checking that they are there.</summary>
    public byte[] ReadBytes(ulong count, int max = int.MaxValue)
    {
        CheckCount(count);
        if (count > (ulong)max)
            throw new CheckpointException($"the pickle holds an integer of {count:N0} bytes; 64 bits are enough for everything that a checkpoint counts");
        var bytes = new byte[count];
        Read(bytes);
        return bytes;
    }

    public string ReadText(ulong count)
    {
        try
        {
            // Unpaired surrogates, which Python may write, do not occur in tensor names.
            return StrictUtf8.GetString(ReadBytes(count));
        }
        catch (DecoderFallbackException e)
        {
            throw new CheckpointException("the pickle holds a string that is not valid UTF-8", e);
        }
    }

    /// <summary>Passes over bytes whose content does not matter.</summary>
    public void Skip(ulong count)
    {
        CheckCount(count);
        for (; count > 0; count--) ReadByte();
    }

    /// <summary>Reads up to the next line feed, which is not part of the result.</summary>
    public string ReadLine()
    {
        const int maxLength = 1 << 16;
        var line = new List<byte>(64);
        for (byte b = ReadByte(); b != '\n'; b = ReadByte())
        {
            line.Add(b);
            if (line.Count > maxLength) throw new CheckpointException($"the pickle holds a line of more than {maxLength:N0} bytes");
        }
        return Encoding.Latin1.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line)).TrimEnd('\r');
    }

    private void CheckCount(ulong count)
    {
        if (count > (ulong)(limit - Position)) throw new CheckpointException($"the pickle announces {count:N0} bytes where {limit - Position:N0} are left");
    }

    private void Read(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++) bytes[i] = ReadByte();
    }

    private void Fill()
    {
        if (next >= limit)
            throw new CheckpointException(limit < end ? $"a pickle of more than {PickleLimits.MaxBytes:N0} bytes is refused"
                : "the pickle ends without its STOP instruction");
        filled = (int)Math.Min(buffer.Length, limit - next);
        file.Read(next, buffer.AsSpan(0, filled));
        next += filled;
        used = 0;
    }
}
