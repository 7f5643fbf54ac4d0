using System.Text.Json.Nodes;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.RemoteVae;

/// <summary>The form of early clients: the elements in base64 within a JSON document, <c>{"inputs": "..."}</c>, and the answer alike.</summary>
internal static class OldBase64
{
    /// <summary>The content type that says so.</summary>
    internal const string MediaType = "tensor/base64";

    private const int Beside = 1 << 16;

    /// <summary>Reads the elements.</summary>
    internal static async Task<byte[]> ReadAsync(HttpContext context, WireTensor tensor)
    {
        byte[] body = await RequestBody.ReadAsync(context, (tensor.Bytes + 2) / 3 * 4 + Beside);
        string text = JsonBody.Parse(body)["inputs"] is JsonValue value && value.TryGetValue(out string? inputs) ? inputs
            : throw QueryValues.Refused("inputs", "The body has no text \"inputs\".", "Send {\"inputs\": \"BASE64\"}.");
        var bytes = new byte[tensor.Bytes];
        if (Convert.TryFromBase64String(text, bytes, out int written) && written == bytes.Length) return bytes;
        throw QueryValues.Refused("inputs", $"\"inputs\" is not the base64 of {tensor.Bytes:N0} bytes, which {tensor.Described} has.",
            "Send the raw elements in base64, and check shape and dtype.");
    }

    /// <summary>Sends an answer.</summary>
    internal static Task AnswerAsync(HttpContext context, ReadOnlySpan<byte> elements, IReadOnlyList<int> shape, string dtype)
        => Answers.NodeAsync(context, new JsonObject
        {
            ["inputs"] = Convert.ToBase64String(elements),
            ["parameters"] = new JsonObject { ["shape"] = new JsonArray([.. shape.Select(d => (JsonNode)d)]), ["dtype"] = dtype },
        });
}
