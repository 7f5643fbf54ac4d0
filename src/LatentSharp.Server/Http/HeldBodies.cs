namespace LatentSharp.Server.Http;

/// <summary>What one request holds of the allowance for bodies, until its end or that of the job that it became.</summary>
internal sealed class HeldBodies(BodyAllowance allowance) : IDisposable
{
    private long bytes;

    /// <summary>Those of a request.</summary>
    internal static HeldBodies Of(HttpContext context)
        => context.Features.Get<HeldBodies>() ?? throw new InvalidOperationException("no allowance watches over this request");

    /// <summary>Takes bytes, if there is room for them.</summary>
    /// <exception cref="RefusedRequest">There is none now, or never.</exception>
    internal void Take(long more)
    {
        allowance.Take(more, bytes);
        bytes += more;
    }

    /// <summary>Takes what has to be taken.</summary>
    internal void Add(long more)
    {
        allowance.Add(more);
        bytes += more;
    }

    /// <summary>Hands everything to somebody who lives longer.</summary>
    internal HeldBodies Move()
    {
        var moved = new HeldBodies(allowance) { bytes = bytes };
        bytes = 0;
        return moved;
    }

    /// <inheritdoc/>
    public void Dispose() => allowance.Give(Interlocked.Exchange(ref bytes, 0));
}
