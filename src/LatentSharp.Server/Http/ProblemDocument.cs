using System.Text.Json.Serialization;

namespace LatentSharp.Server.Http;

/// <summary>An error as RFC 9457 writes it, with what the project's own errors say beside it.</summary>
/// <param name="Type">What kind of problem it is, as a URI.</param>
/// <param name="Title">The same for people.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong this time.</param>
/// <param name="Instance">This occurrence; it stands in the log as well.</param>
internal sealed record ProblemDocument(string Type, string Title, int Status, string Detail, string Instance)
{
    /// <summary>The detail once more, for clients that look for this member only.</summary>
    public string Error => Detail;

    /// <summary>The parameter, header or file concerned.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Where { get; init; }

    /// <summary>What was expected.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Expected { get; init; }

    /// <summary>What was found.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Found { get; init; }

    /// <summary>What can be done about it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Next { get; init; }

    /// <summary>Autoencoders of this machine that fit instead.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Fitting { get; init; }

    /// <summary>When to come again, in seconds; the header says it too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? RetryAfter { get; init; }
}
