namespace LatentSharp.Imaging.Native;

/// <summary>Turns the multi-line messages of libvips into one line that says something.</summary>
internal static class Text
{
    /// <summary>The first line of a message.</summary>
    public static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();

    /// <summary>
    /// The reason within a libvips message. The first line only names the operation that failed ("unable to call ...") and seeks beyond the
    /// end of the data are listed one by one; what is left are the reasons given by the decoders.
    /// </summary>
    public static string Reason(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] reasons = [.. lines.Skip(1).Where(l => !l.StartsWith("source: bad seek", StringComparison.Ordinal)).Distinct()];
        return reasons.Length == 0 ? "the data ends too early or is damaged" : string.Join("; ", reasons);
    }
}
