namespace LatentSharp.Server.Http;

/// <summary>
/// The body of a request, for which room is taken before any of it is read: all that its length says, or, where it has none, as it comes.
/// </summary>
internal sealed class CountedBody(Stream body, long? length, int weight, HeldBodies held) : Stream
{
    private bool begun;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Begin();
        int read = await body.ReadAsync(buffer, cancellationToken);
        if (length is null && read > 0) held.Take((long)weight * read);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("bodies are read asynchronously");

    /// <summary>Takes room for all of it, where its length is known.</summary>
    internal void Begin()
    {
        if (begun) return;
        begun = true;
        if (length is { } all) held.Take(all > long.MaxValue / weight ? long.MaxValue : all * weight);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
