namespace LatentSharp.Server.Http;

/// <summary>Files in base64 within JSON, with or without <c>data:image/png;base64,</c> before them. Addresses are never followed.</summary>
internal static class Base64Text
{
    /// <summary>The bytes.</summary>
    /// <exception cref="RefusedRequest">It is no base64, or the address of something.</exception>
    internal static byte[] Bytes(string text, string where)
    {
        ReadOnlySpan<char> data = text.AsSpan().Trim();
        if (data.StartsWith("data:", StringComparison.OrdinalIgnoreCase) && data.IndexOf(',') is >= 0 and int comma) data = data[(comma + 1)..];
        if (data.Contains("://", StringComparison.Ordinal) || data.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            throw QueryValues.Refused(where, "This is an address; nothing is fetched and no file is opened for a client.", "Send the file itself in base64.");
        var bytes = new byte[data.Length / 4 * 3 + 3];
        if (data.Length > 0 && Convert.TryFromBase64Chars(data, bytes, out int written)) return bytes[..written];
        throw QueryValues.Refused(where, $"{where} is not base64.", "Send the file itself in base64, with or without data:TYPE;base64, before it.");
    }
}
