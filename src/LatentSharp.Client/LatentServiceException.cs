using System.Text.Json;
using System.Text.Json.Nodes;

namespace LatentSharp.Client;

/// <summary>The service answered with a problem (RFC 9457), or a job failed.</summary>
public sealed class LatentServiceException : Exception
{
    private LatentServiceException(int status, JsonObject problem, TimeSpan? retryAfter)
        : base((string?)problem["detail"] ?? (string?)problem["title"] ?? $"the service answered with {status}")
        => (Status, Problem, RetryAfter) = (status, problem, retryAfter);

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The whole document; empty where the answer was none.</summary>
    public JsonObject Problem { get; }

    /// <summary>What can be done about it; null where nothing sensible can be said.</summary>
    public string? Next => (string?)Problem["next"];

    /// <summary>Autoencoders of the service that fit instead.</summary>
    public IReadOnlyList<string> Fitting => [.. (Problem["fitting"] as JsonArray ?? []).Select(f => (string)f!)];

    /// <summary>When to come again; null where that was not said.</summary>
    public TimeSpan? RetryAfter { get; }

    internal static async Task<LatentServiceException> OfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return new LatentServiceException((int)response.StatusCode, Parsed(body), response.Headers.RetryAfter?.Delta);
    }

    internal static LatentServiceException Of(ServiceJob job)
        => new((int?)job.Problem?["status"] ?? 0, job.Problem ?? new JsonObject { ["detail"] = $"the job was {job.Status}" }, null);

    // A proxy in between may answer in any form.
    private static JsonObject Parsed(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
