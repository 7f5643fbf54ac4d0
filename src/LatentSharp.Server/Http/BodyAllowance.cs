namespace LatentSharp.Server.Http;

/// <summary>The bytes of all bodies that are held at one time, those that come and those that go, of whichever route.</summary>
internal sealed class BodyAllowance(long most)
{
    // A body that the work of others holds back is soon gone; more cannot be known.
    private const int Seconds = 2;

    private long held;

    /// <summary>The bytes that are held now.</summary>
    internal long Held => Interlocked.Read(ref held);

    /// <summary>Takes what has to be taken: an answer is there already.</summary>
    internal void Add(long bytes) => Interlocked.Add(ref held, bytes);

    /// <summary>Gives bytes back.</summary>
    internal void Give(long bytes) => Interlocked.Add(ref held, -bytes);

    /// <summary>Takes bytes, if there is room for them.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="already">What the same request has taken before.</param>
    /// <exception cref="RefusedRequest">There is none now, or never.</exception>
    internal void Take(long bytes, long already)
    {
        if (bytes > most - already) throw RequestBody.TooLarge(most);
        if (Interlocked.Add(ref held, bytes) <= most) return;
        Give(bytes);
        throw new RefusedRequest(StatusCodes.Status429TooManyRequests, $"Bodies of {most:N0} bytes together are taken here, and there is no room for "
            + "another one now.", $"Come again in {Seconds} seconds.")
        { RetryAfter = Seconds };
    }
}
