namespace LatentSharp.Quality.Metrics;

/// <summary>
/// What ends measuring. Metrics are functions of pictures; whoever measures many says once, for all that is called below, which token ends
/// them, and those that take long look at it with every row.
/// </summary>
internal static class Measuring
{
    private static readonly AsyncLocal<CancellationToken> Token = new();

    /// <summary>For loops over rows on all cores.</summary>
    internal static ParallelOptions Rows => new() { CancellationToken = Token.Value };

    /// <summary>Has a token end whatever is measured until the scope is disposed.</summary>
    internal static Scope EndedBy(CancellationToken cancellationToken)
    {
        var scope = new Scope(Token.Value);
        Token.Value = cancellationToken;
        return scope;
    }

    /// <summary>Rows one after the other, and no further once it was cancelled.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last.</param>
    internal static IEnumerable<int> Each(int first, int end)
    {
        CancellationToken cancellationToken = Token.Value;
        for (int row = first; row < end; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    /// <summary>Ends here when it was cancelled.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    internal static void ThrowIfCancelled() => Token.Value.ThrowIfCancellationRequested();

    /// <summary>Until it is disposed one token ends what is measured; then again the one before.</summary>
    /// <param name="Before">The one before.</param>
    internal readonly record struct Scope(CancellationToken Before) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Token.Value = Before;
    }
}
