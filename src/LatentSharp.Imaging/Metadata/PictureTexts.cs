using System.Text;

namespace LatentSharp.Imaging.Metadata;

/// <summary>
/// The texts in a picture file by keyword: chunks of PNG, EXIF fields of JPEG and WebP. What is damaged is left out, sizes are bounded
/// before anything is allocated.
/// </summary>
internal static class PictureTexts
{
    public const int LargestText = 1 << 20, LargestSum = 8 << 20, MostTexts = 256;

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    public static IReadOnlyList<KeyValuePair<string, string>> Of(Stream stream)
    {
        TextList texts = new();
        Span<byte> head = stackalloc byte[12];
        stream.Position = 0;
        int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (read < head.Length) return [];
        if (head[..8].SequenceEqual((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]))
            PngTexts.Read(stream, texts);
        else if (head[0] == 0xFF && head[1] == 0xD8) JpegTexts.Read(stream, texts);
        else if (head[..4].SequenceEqual("RIFF"u8) && head[8..12].SequenceEqual("WEBP"u8)) WebPTexts.Read(stream, texts);
        return texts.Found;
    }

    /// <summary>UTF-8 where the bytes are valid UTF-8, else Latin-1: programs write both.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }
}

/// <summary>Texts as they are found, up to the bounds.</summary>
internal sealed class TextList
{
    private readonly List<KeyValuePair<string, string>> found = [];
    private long sum;

    public IReadOnlyList<KeyValuePair<string, string>> Found => found;

    public bool IsFull => found.Count >= PictureTexts.MostTexts || sum >= PictureTexts.LargestSum;

    public void Add(string key, string text)
    {
        if (IsFull || text.Length == 0 || text.Length > PictureTexts.LargestText) return;
        sum += text.Length;
        found.Add(new(key, text));
    }
}
