using LatentSharp.Server.Http;

namespace LatentSharp.Server.Foreign.OpenAi;

/// <summary>The parameter <c>size</c>: <c>auto</c>, or <c>WIDTHxHEIGHT</c>.</summary>
internal static class ImageSize
{
    private const int Multiple = 16, Longest = 5, MostRatio = 3;

    /// <summary>The size; null for <c>auto</c> or nothing.</summary>
    /// <exception cref="RefusedRequest">It is none.</exception>
    internal static PixelSize? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text) || text == "auto") return null;
        string[] sides = text.Split('x');
        if (sides is [var across, var down] && Side(across) is { } width && Side(down) is { } height)
            return Math.Max(width, height) <= MostRatio * Math.Min(width, height) ? new PixelSize(width, height)
                : throw Refused("'size' must have sides that differ by a factor of 3 at most");
        throw Refused("'size' must be WIDTHxHEIGHT with both sides a multiple of 16");
    }

    private static int? Side(string text) => text.Length is > 0 and <= Longest && text.All(char.IsAsciiDigit) && int.Parse(text)
        is > 0 and int side
        && side % Multiple == 0 ? side : null;

    private static RefusedRequest Refused(string what) => new(StatusCodes.Status400BadRequest, what, null, "size");
}
