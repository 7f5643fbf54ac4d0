using System.Buffers.Binary;
using System.Text;

namespace LatentSharp.Imaging;

/// <summary>What a file's first bytes say, before any decoder is asked.</summary>
internal static class PictureSignature
{
    // ISO/IEC 23008-12 and the registry of MP4 brands: still pictures and sequences coded with HEVC.
    private static readonly string[] HevcBrands = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"];

    /// <summary>Whether the bytes begin as one of the formats that are read.</summary>
    public static bool IsPicture(ReadOnlySpan<byte> head)
        => head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])
        || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || head.StartsWith("GIF8"u8)
        || head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..12].SequenceEqual("WEBP"u8)
        || head.StartsWith((ReadOnlySpan<byte>)[(byte)'I', (byte)'I', 42, 0])
        || head.StartsWith((ReadOnlySpan<byte>)[(byte)'M', (byte)'M', 0, 42])
        || Brand(head) is "avif" or "avis" || IsHevc(head);

    /// <summary>Whether the bytes begin as a HEIC picture, as phones take them; few builds of libvips carry a decoder for it.</summary>
    public static bool IsHevc(ReadOnlySpan<byte> head) => Brand(head) is { } brand && HevcBrands.Contains(brand);

    /// <summary>
    /// The frames of an animated PNG, by its acTL chunk (PNG specification, third edition, 11.3.6.1); 1 for others. Decoders show the still
    /// image that comes first.
    /// </summary>
    public static int AnimatedPngFrames(ReadOnlySpan<byte> head)
    {
        int at = head.IndexOf("acTL"u8), pixels = head.IndexOf("IDAT"u8);
        if (!head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || at < 0 || at + 8 > head.Length
            || (pixels >= 0 && pixels < at)) return 1;
        return (int)Math.Clamp(BinaryPrimitives.ReadUInt32BigEndian(head[(at + 4)..]), 1, int.MaxValue);
    }

    /// <summary>What a file that is no picture seems to be, as the end of a sentence that begins with "found".</summary>
    public static string Describe(byte[] head)
    {
        string text = Encoding.Latin1.GetString(head).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            return "a web page (HTML), often what a failed download leaves behind";
        if (text.Contains("<svg", StringComparison.OrdinalIgnoreCase)) return "an SVG drawing, which has no pixels of its own";
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal)) return "a Git LFS pointer instead of the file itself (run git lfs pull)";
        if (text.StartsWith("%PDF", StringComparison.Ordinal)) return "a PDF document";
        if (text.StartsWith("GGUF", StringComparison.Ordinal)) return "a GGUF weight file";
        if (text.StartsWith("PK\u0003\u0004", StringComparison.Ordinal)) return "a ZIP archive or a torch checkpoint";
        if (head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || text.StartsWith("\0\0\0\u000CJXL ", StringComparison.Ordinal))
            return "a JPEG XL picture, which is not read";
        if (text.StartsWith("BM", StringComparison.Ordinal) && head.Length >= 14 && head.AsSpan(6, 4).IndexOfAnyExcept((byte)0) < 0)
            return "a BMP picture, which is not read";
        if (head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'])) return "a NumPy array";
        if (head.Length > 9 && head[8] == '{' && head[7] == 0 && head[6] == 0) return "a safetensors file";
        if (Brand(head) is { } brand) return $"a video or picture container (ftyp {brand}) that the native library does not read";
        bool printable = head.Take(64).All(b => b is >= 32 or 9 or 10 or 13);
        return printable ? $"text beginning with \"{text[..Math.Min(text.Length, 24)].ReplaceLineEndings(" ")}\""
            : $"data beginning with the bytes {Convert.ToHexString(head.AsSpan(0, Math.Min(head.Length, 8)))}";
    }

    private static string? Brand(ReadOnlySpan<byte> head)
        => head.Length >= 12 && head[4..8].SequenceEqual("ftyp"u8) ? Encoding.Latin1.GetString(head[8..12]) : null;
}
