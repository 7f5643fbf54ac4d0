using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace LatentSharp.Weights.Files;

/// <summary>
/// Recognises files that are often found where weights were expected, so that the error can say what happened instead of naming a broken
/// byte.
/// </summary>
internal static class ContentHint
{
    /// <summary>
    /// Throws when the beginning of a file shows that it is a web page, a Git LFS pointer, an archive of another kind or a picture.
    /// </summary>
    public static void RefuseImpostors(FileBytes file)
    {
        Span<byte> head = stackalloc byte[512];
        head = head[..(int)Math.Min(head.Length, file.Length)];
        file.Read(0, head);
        if (LooksLikeSafetensors(head, file.Length)) return;        // its length prefix may be any bytes
        string text = Encoding.Latin1.GetString(head).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        if (StartsWith(text, "<!doctype") || StartsWith(text, "<html") || StartsWith(text, "<?xml") || StartsWith(text, "<head"))
            throw new LatentSharpException(ErrorKind.BadInput, file.Path, $"a weight file was expected, this is a web page ({file.Length:N0} bytes of HTML).",
                "The download saved a page (a login, licence or error page) instead of the file: open the address in a browser, accept the licence if "
                    + "there is one, and download the file itself.");
        if (StartsWith(text, "version https://git-lfs"))
            throw new LatentSharpException(ErrorKind.BadInput, file.Path,
                $"a weight file was expected, this is a Git LFS pointer{PointerSize(text)}, not the file itself.",
                "Run `git lfs pull` in the repository it came from, or download the file directly.");
        if (Other(head) is { } other)
            throw new LatentSharpException(ErrorKind.BadInput, file.Path, $"a weight file was expected, this is {other}.",
                "Weights come as .safetensors, .ckpt, .pt, .pth or .gguf.");
        RefuseText(file, head, text);
    }

    /// <summary>Whether the first bytes are a header length that fits the file, and the beginning of a JSON object.</summary>
    public static bool LooksLikeSafetensors(ReadOnlySpan<byte> head, long length)
        => head.Length >= 9 && head[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) is > 1 and <= SafetensorsHeader.MaxLength
        and var header && header <= (ulong)(length - 8);

    private static string? Other(ReadOnlySpan<byte> head) => head switch
    {
        [0x1F, 0x8B, ..] => "a gzip archive",
        [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => "a 7-Zip archive",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "a Zstandard archive",
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => "an xz archive",
        [(byte)'R', (byte)'a', (byte)'r', (byte)'!', ..] => "a RAR archive",
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', 0x31, 0x41, ..] => "a bzip2 archive",
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "a PNG picture",
        [0xFF, 0xD8, 0xFF, ..] => "a JPEG picture",
        [0xFF, 0x0A, ..] or [0, 0, 0, 0x0C, (byte)'J', (byte)'X', (byte)'L', ..] => "a JPEG XL picture",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "a GIF picture",
        [(byte)'B', (byte)'M', _, _, _, _, 0, 0, 0, 0, ..] => "a BMP picture",
        [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..] => "a TIFF picture",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'a', (byte)'v', (byte)'i', ..] => "an AVIF picture",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'h' or (byte)'m', ..] => "a HEIC picture or an MP4 film",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => "an MP4 film",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "a WebP picture",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "a RIFF file (sound or film)",
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "a PDF document",
        [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => "an HDF5 file",
        [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] or [(byte)'M', (byte)'Z', 0x90, 0, ..] => "a program",
        _ => null,
    };

    // What a server answers instead of a file: a sentence, or JSON. An index of shards is JSON as well, and the oldest checkpoints begin
    // with a number in digits.
    private static void RefuseText(FileBytes file, ReadOnlySpan<byte> head, string text)
    {
        bool json = text.StartsWith('{') || text.StartsWith('[');
        if (json && file.Path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return;
        if (text.Length < 4 || text.StartsWith("L1195", StringComparison.Ordinal) || text.StartsWith("GGUF", StringComparison.Ordinal)
            || head.ContainsAnyInRange((byte)0, (byte)8) || head.ContainsAnyInRange((byte)14, (byte)31) || !IsUtf8(head)) return;
        throw new LatentSharpException(ErrorKind.BadInput, file.Path,
            $"this is no weight file but {(json ? "JSON" : "plain")} text ({file.Length:N0} bytes): {TensorNames.Printable(text.Trim())}",
            "A server's answer may have been saved instead of the file: check the address, sign in or accept the licence where that is needed, and "
                + "download the file itself.");
    }

    // The last character may be cut off.
    private static bool IsUtf8(ReadOnlySpan<byte> head)
    {
        for (int cut = 0; cut < Math.Min(4, head.Length); cut++)
            if (Utf8.IsValid(head[..^cut])) return true;
        return false;
    }

    private static bool StartsWith(string text, string prefix) => text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    private static string PointerSize(string text)
    {
        foreach (string line in text.Split('\n'))
            if (line.StartsWith("size ", StringComparison.Ordinal) && long.TryParse(line.AsSpan(5), out long size))
                return $" to a file of {size:N0} bytes";
        return "";
    }
}
