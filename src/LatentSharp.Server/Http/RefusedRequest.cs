namespace LatentSharp.Server.Http;

/// <summary>A request that is not answered with what it asked for: a status, and what a person has to know.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="what">What is wrong, what was expected and what was found.</param>
/// <param name="next">What can be done about it; null when nothing sensible can be said.</param>
/// <param name="where">The parameter, header or file concerned; empty when there is none.</param>
internal sealed class RefusedRequest(int status, string what, string? next = null, string where = "") : Exception(what)
{
    /// <summary>The HTTP status.</summary>
    internal int Status { get; } = status;

    /// <summary>What is wrong.</summary>
    internal string What { get; } = what;

    /// <summary>What can be done about it.</summary>
    internal string? Next { get; } = next;

    /// <summary>The parameter, header or file concerned.</summary>
    internal string Where { get; } = where;

    /// <summary>What was expected, where that can be said in a few words.</summary>
    internal string? Expected { get; init; }

    /// <summary>What was found instead.</summary>
    internal string? Found { get; init; }

    /// <summary>When to come again, in seconds.</summary>
    internal int? RetryAfter { get; init; }
}
