using System.IO.Pipelines;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Server.Http;

/// <summary>Bodies of requests, within limits that are checked before and while they are read.</summary>
internal static class RequestBody
{
    /// <summary>Refuses a body that says of itself that it is too large, or is packed, before any of it is read.</summary>
    internal static void Require(HttpRequest request, long most)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } packed && packed.ToString() is not ("identity" or ""))
            throw new RefusedRequest(StatusCodes.Status415UnsupportedMediaType, "Bodies are taken as they are, not compressed.",
                "Send the body without Content-Encoding.", "Content-Encoding");
        if (request.ContentLength > most) throw TooLarge(most);
    }

    /// <summary>Reads a body of exactly so many bytes.</summary>
    internal static async Task<byte[]> ReadExactlyAsync(HttpContext context, long length, string expected)
    {
        if (context.Request.ContentLength is { } said && said != length) throw WrongLength(length, said.ToString("N0"), expected);
        (context.Request.Body as CountedBody)?.Begin();
        var body = new byte[length];
        int read = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (read < length) throw WrongLength(length, read.ToString("N0"), expected);
        if (await context.Request.Body.ReadAsync(new byte[1], context.RequestAborted) > 0) throw WrongLength(length, "more", expected);
        RequireDigest(context.Request, body);
        return body;
    }

    /// <summary>Reads a body of at most so many bytes.</summary>
    internal static async Task<byte[]> ReadAsync(HttpContext context, long most)
    {
        Require(context.Request, most);
        if (context.Request.ContentLength is { } length)
        {
            (context.Request.Body as CountedBody)?.Begin();
            var whole = new byte[length];
            await context.Request.Body.ReadExactlyAsync(whole, context.RequestAborted);
            RequireDigest(context.Request, whole);
            return whole;
        }
        using var collected = new MemoryStream();
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult part = await reader.ReadAsync(context.RequestAborted);
            if (collected.Length + part.Buffer.Length > most) throw TooLarge(most);
            foreach (ReadOnlyMemory<byte> memory in part.Buffer) collected.Write(memory.Span);
            reader.AdvanceTo(part.Buffer.End);
            if (part.IsCompleted) break;
        }
        byte[] body = collected.ToArray();
        RequireDigest(context.Request, body);
        return body;
    }

    internal static RefusedRequest TooLarge(long most) => new(StatusCodes.Status413PayloadTooLarge,
        $"The body is larger than {most:N0} bytes, the most that is taken here.", "Send less, or ask the operator to raise the limit.");

    private static RefusedRequest WrongLength(long length, string found, string expected)
        => new(StatusCodes.Status400BadRequest, $"The body has {found} bytes; {expected} has {length:N0}.",
            "Send the raw elements and nothing else, and check shape and dtype.", "body")
        { Expected = length.ToString(), Found = found };

    // RFC 9530. Other algorithms than SHA-256 are left alone, as it says.
    private static void RequireDigest(HttpRequest request, byte[] body)
    {
        foreach (string? line in request.Headers["Content-Digest"])
            foreach (string item in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
                if (item.StartsWith("sha-256=", StringComparison.OrdinalIgnoreCase)
                    && item["sha-256=".Length..] != $":{Convert.ToBase64String(Sha256.BytesOf(body))}:")
                    throw new RefusedRequest(StatusCodes.Status400BadRequest, "The body is not the one that Content-Digest speaks of.",
                        "It was damaged on the way, or the digest is of something else; send it again.", "Content-Digest");
    }
}
