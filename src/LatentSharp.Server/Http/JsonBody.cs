using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

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
            if (!IsText(body))
                throw new RefusedRequest(StatusCodes.Status400BadRequest, "The body is not text in UTF-8: some bytes or escapes are no characters.",
                    "Send JSON in UTF-8.", "body");
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

    // Texts are decoded where they are first used, and what cannot be decoded is to be refused before that: bytes that are no UTF-8, and
    // escapes of half a character.
    private static bool IsText(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body)) return false;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Depth });
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
