using System.Globalization;

namespace LatentSharp.Imaging;

/// <summary>
/// Which warnings of libjpeg (jerror.h) leave a picture whole. The others say that its data end early or make no sense: where they do, the
/// decoder continues with grey or with what it makes of the rest.
/// </summary>
internal static class JpegWarning
{
    /// <summary>What is noted of a picture that was read in spite of a warning.</summary>
    public const string Passed = "parts of the JPEG file beside the picture's own data are not as they should be; the picture is whole";

    // The header's revision, the colour transform and the profile are taken for what they usually are.
    private static readonly string[] Harmless = ["unknown JFIF revision", "Unknown Adobe color transform", "bad ICC marker"];

    private const string Extraneous = "extraneous bytes before marker 0x";

    /// <summary>Whether all that a decoder complains of leaves the picture whole.</summary>
    /// <param name="format">The format.</param>
    /// <param name="message">The decoder's message, a complaint a line.</param>
    public static bool IsHarmless(PictureFormat format, string message)
    {
        if (format != PictureFormat.Jpeg) return false;
        string[] warnings = [.. message.Split('\n').Where(l => l.StartsWith("VipsJpeg", StringComparison.Ordinal))];
        return warnings.Length > 0 && Array.TrueForAll(warnings, IsHarmless);
    }

    private static bool IsHarmless(string warning)
    {
        int at = warning.IndexOf(Extraneous, StringComparison.Ordinal);
        if (at < 0) return Array.Exists(Harmless, h => warning.Contains(h, StringComparison.Ordinal));
        // Between segments of the header. Before a restart, the next scan or the end they are what a decoder that lost its place left over.
        string digits = warning[(at + Extraneous.Length)..];
        return byte.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out byte marker)
            && marker is (>= 0xC0 and <= 0xCF) or (>= 0xDB and <= 0xFE);
    }
}
