using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Server.Http;

/// <summary>Answers that are results.</summary>
internal static class Answers
{
    /// <summary>The type of a JSON answer.</summary>
    internal const string Json = "application/json";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Sends bytes, with their digest.</summary>
    internal static async Task BytesAsync(HttpContext context, ReadOnlyMemory<byte> body, string type)
    {
        HeldBodies.Of(context).Add(body.Length);
        Describe(context.Response, Sha256.BytesOf(body.Span), body.Length, type);
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Sends a file, with its digest, a piece at a time.</summary>
    internal static async Task FileAsync(HttpContext context, string path, string type)
    {
        byte[] digest = Convert.FromHexString(FileDigest.Sha256(path, null, context.RequestAborted));
        Describe(context.Response, digest, new FileInfo(path).Length, type);
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.SendFileAsync(path, context.RequestAborted);
    }

    private static void Describe(HttpResponse response, byte[] digest, long length, string type)
    {
        response.Headers.ETag = $"\"{Convert.ToHexStringLower(digest)}\"";
        response.Headers["Content-Digest"] = $"sha-256=:{Convert.ToBase64String(digest)}:";
        response.Headers.CacheControl = "no-store";
        (response.ContentType, response.ContentLength) = (type, length);
    }

    /// <summary>Sends a result of a use case, without the folders of this machine.</summary>
    internal static Task ResultAsync<T>(HttpContext context, T result, JsonTypeInfo<T> type, Action<JsonObject>? change = null)
    {
        JsonNode document = PlainPaths.In(JsonSerializer.SerializeToNode(result, type))!;
        // Only now: what is added may hold files in base64, in which anything may look like a path.
        change?.Invoke((JsonObject)document);
        return NodeAsync(context, document);
    }

    /// <summary>Sends a document.</summary>
    internal static Task NodeAsync(HttpContext context, JsonNode document, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        return BytesAsync(context, System.Text.Encoding.UTF8.GetBytes(document.ToJsonString(Relaxed)), Json);
    }

    /// <summary>The first of what can be made that the caller accepts; null when it accepts none. No header accepts all.</summary>
    internal static string? Accepted(HttpRequest request, params ReadOnlySpan<string> offered)
    {
        if (request.GetTypedHeaders().Accept is not { Count: > 0 } accepted) return offered[0];
        string? best = null;
        double quality = 0;
        foreach (string type in offered)
        {
            var media = new Microsoft.Net.Http.Headers.MediaTypeHeaderValue(type);
            double wanted = accepted.Where(media.IsSubsetOf).OrderByDescending(Precision).Select(a => a.Quality ?? 1).FirstOrDefault();
            if (wanted > quality) (best, quality) = (type, wanted);
        }
        return best;
    }

    /// <summary>The refusal of an <c>Accept</c> header that asks for something that cannot be made.</summary>
    internal static RefusedRequest NotAcceptable(params ReadOnlySpan<string> offered)
        => new(StatusCodes.Status406NotAcceptable, "None of the types that the request accepts can be made.",
            $"Accept one of {string.Join(", ", offered.ToArray())}.", "Accept");

    private static int Precision(Microsoft.Net.Http.Headers.MediaTypeHeaderValue type)
        => type.MatchesAllTypes ? 0 : type.MatchesAllSubTypes ? 1 : 2;
}
