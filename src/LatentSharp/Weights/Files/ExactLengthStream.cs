namespace LatentSharp.Weights.Files;

/// <summary>Passes writes on and holds the writer to the number of bytes it announced. Disposing it leaves the stream below open.
/// <paramref name="progress"/> is told the number of bytes written so far after every write.</summary>
internal sealed class ExactLengthStream(Stream inner, long length, string name, Action<long>? progress = null) : Stream
{
    private long written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => length;

    public override long Position { get => written; set => throw new NotSupportedException(); }

    /// <summary>Throws unless all announced bytes have been written.</summary>
    public void Complete()
    {
        if (written != length) throw new InvalidOperationException($"{name}: {written} bytes were written, {length} announced");
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > length - written) throw new InvalidOperationException($"{name}: more than the announced {length} bytes were written");
        inner.Write(buffer);
        written += buffer.Length;
        progress?.Invoke(written);
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
