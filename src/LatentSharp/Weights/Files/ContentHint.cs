using System.Text;

namespace LatentSharp.Weights.Files;

/// <summary>Recognises files that are often found where weights were expected, so that the error can say what happened instead of naming a broken byte.</summary>
internal static class ContentHint
{
    /// <summary>Throws when the beginning of a file shows that it is a web page, a Git LFS pointer, an archive of another kind or a picture.</summary>
    public static void RefuseImpostors(FileBytes file)
    {
        Span<byte> head = stackalloc byte[512];
        head = head[..(int)Math.Min(head.Length, file.Length)];
        file.Read(0, head);
        string text = Encoding.Latin1.GetString(head).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        if (StartsWith(text, "<!doctype") || StartsWith(text, "<html") || StartsWith(text, "<?xml") || StartsWith(text, "<head"))
            throw new LatentSharpException(ErrorKind.BadInput, file.Path, $"a weight file was expected, this is a web page ({file.Length:N0} bytes of HTML).",
                "The download saved a page (a login, licence or error page) instead of the file: open the address in a browser, accept the licence if there is one, and download the file itself.");
        if (StartsWith(text, "version https://git-lfs"))
            throw new LatentSharpException(ErrorKind.BadInput, file.Path, $"a weight file was expected, this is a Git LFS pointer{PointerSize(text)}, not the file itself.", "Run `git lfs pull` in the repository it came from, or download the file directly.");
        string? other = head switch
        {
            [0x1F, 0x8B, ..] => "a gzip archive",
            [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => "a 7-Zip archive",
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "a PNG picture",
            [0xFF, 0xD8, 0xFF, ..] => "a JPEG picture",
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "a RIFF file (a WebP picture, perhaps)",
            [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "a PDF document",
            [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => "an HDF5 file",
            _ => null,
        };
        if (other is not null) throw new LatentSharpException(ErrorKind.BadInput, file.Path, $"a weight file was expected, this is {other}.", "Weights come as .safetensors, .ckpt, .pt, .pth or .gguf.");
    }

    private static bool StartsWith(string text, string prefix) => text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    private static string PointerSize(string text)
    {
        foreach (string line in text.Split('\n'))
            if (line.StartsWith("size ", StringComparison.Ordinal) && long.TryParse(line.AsSpan(5), out long size)) return $" to a file of {size:N0} bytes";
        return "";
    }
}
