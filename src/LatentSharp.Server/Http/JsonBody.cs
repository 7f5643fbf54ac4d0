using System.Text.Json;
using System.Text.Json.Nodes;

namespace LatentSharp.Server.Http;

/// <summary>Bodies that are JSON objects.</summary>
internal static class JsonBody
{
    private const int Depth = 32;

    /// <summary>Reads the object of a request that says that it sends JSON.</summary>
    /// <exception cref="RefusedRequest">It sends something else, or no JSON object.</exception>
    internal static async Task<JsonObject> ReadAsync(HttpContext context, long most)
    {
        if (!context.Request.HasJsonContentType())
            throw new RefusedRequest(StatusCodes.Status415UnsupportedMediaType, "A JSON object is expected here.",
                "Send it with Content-Type: application/json.", "Content-Type")
            { Expected = Answers.Json, Found = QueryValues.Shown(context.Request.ContentType ?? "") };
        return Parse(await RequestBody.ReadAsync(context, most));
    }

    /// <summary>The object that bytes are.</summary>
    /// <exception cref="RefusedRequest">They are none.</exception>
    internal static JsonObject Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            // All names are looked at now: one that comes twice is refused here and not where it is first used.
            if (JsonNode.Parse(body, null, new JsonDocumentOptions { MaxDepth = Depth, AllowDuplicateProperties = false })
                is JsonObject members)
                return members;
            throw new RefusedRequest(StatusCodes.Status400BadRequest, "The body is JSON, but not an object.", "Send an object: {\"name\": value}.", "body");
        }
        catch (JsonException e)
        {
            string place = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine + 1}" : "";
            throw new RefusedRequest(StatusCodes.Status400BadRequest, $"The body is not JSON that is read here{place}: it is malformed, nested "
                + $"deeper than {Depth} levels, or names a member twice.", "Check the body.", "body");
        }
    }
}
