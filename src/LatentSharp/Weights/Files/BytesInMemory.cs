using System.Buffers;
using System.Runtime.InteropServices;

namespace LatentSharp.Weights.Files;

/// <summary>Files that are given as bytes or as a stream instead of a path.</summary>
internal static unsafe class BytesInMemory
{
    /// <summary>What messages call bytes whose caller gave them no name.</summary>
    public const string Bytes = "the bytes given";

    private const string Stream = "the stream";
    private const int Chunk = 1 << 20;

    /// <summary>What messages call a stream: the name given, that of its file, or <c>the stream</c>.</summary>
    public static string NameOf(Stream stream, string? name)
        => !string.IsNullOrEmpty(name) ? name : stream is FileStream { Name: { Length: > 0 } file } ? file : Stream;

    /// <summary>Bytes that are pinned until the result is disposed.</summary>
    public static FileBytes Pin(ReadOnlyMemory<byte> bytes, string name)
    {
        RefuseNothing(bytes.Length, name);
        MemoryHandle handle = bytes.Pin();
        return FileBytes.FromMemory((byte*)handle.Pointer, bytes.Length, name, handle);
    }

    /// <summary>Reads with <paramref name="reader"/> from bytes that are needed no longer than that.</summary>
    public static T Read<T>(ReadOnlySpan<byte> bytes, string name, Func<FileBytes, T> reader)
    {
        RefuseNothing(bytes.Length, name);
        fixed (byte* start = bytes)
        {
            using FileBytes file = FileBytes.FromMemory(start, bytes.Length, name, null);
            ContentHint.RefuseImpostors(file);
            return reader(file);
        }
    }

    /// <summary>
    /// A copy of what a stream holds from its position to its end, outside the garbage-collected heap, so that more than an array's 2 GB
    /// fit.
    /// </summary>
    /// <exception cref="LatentSharpException">The stream is empty, fails, or holds more than fits into memory.</exception>
    public static FileBytes Of(Stream stream, string? name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("the stream cannot be read: it is closed, or open for writing only", nameof(stream));
        name = NameOf(stream, name);
        var block = new NativeBlock();
        try
        {
            long length = 0;
            if (stream.CanSeek) block.Resize(Math.Max(1, stream.Length - stream.Position));
            while (true)
            {
                // A stream that knows its length is read to its end exactly once more, to see that it is the end.
                if (length == block.Length) block.Resize(length + Math.Max(Chunk, length / 2));
                int read = stream.Read(new Span<byte>(block.Start + length, (int)Math.Min(block.Length - length, Chunk)));
                if (read == 0) break;
                length += read;
                if (length == block.Length && stream.CanSeek && stream.Position >= stream.Length) break;
            }
            RefuseNothing(length, name);
            return FileBytes.FromMemory(block.Start, length, name, block);
        }
        catch (Exception e)
        {
            block.Dispose();
            throw e switch
            {
                OutOfMemoryException =>
                    new LatentSharpException(ErrorKind.BadInput, name, "what the stream holds does not fit into memory.",
                        "Open the file by its path: then only what is needed is read.", e),
                IOException => new LatentSharpException(ErrorKind.BadInput, name, $"the stream cannot be read: {e.Message}", null, e),
                _ => e,
            };
        }
    }

    private static void RefuseNothing(long length, string name)
    {
        if (length == 0)
            throw new LatentSharpException(ErrorKind.BadInput, name, "there are no bytes (0): a file was expected.",
                "Check that the source was read, and that a stream stands at its beginning.");
    }

    private sealed class NativeBlock : IDisposable
    {
        public byte* Start { get; private set; }

        public long Length { get; private set; }

        ~NativeBlock() => Free();

        public void Resize(long length)
        {
            Start = (byte*)NativeMemory.Realloc(Start, checked((nuint)length));
            Length = length;
        }

        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            NativeMemory.Free(Start);
            Start = null;
        }
    }
}
