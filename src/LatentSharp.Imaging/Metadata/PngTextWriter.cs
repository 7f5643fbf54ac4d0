using System.Buffers.Binary;
using System.Text;
using LatentSharp.Weights;

namespace LatentSharp.Imaging.Metadata;

/// <summary>
/// Texts in PNG files as Pillow writes them: tEXt where they are ASCII, else iTXt in UTF-8 without compression, before the pixels, in their
/// order.
/// </summary>
internal static class PngTextWriter
{
    // Signature and the chunk IHDR, which has to come first.
    private const int Start = 8 + 4 + 4 + 13 + 4;

    /// <summary>The bytes of a PNG file with texts in it.</summary>
    public static byte[] With(byte[] png, IReadOnlyList<KeyValuePair<string, string>> texts)
    {
        using var stream = new MemoryStream();
        stream.Write(png.AsSpan(0, Start));
        foreach ((string key, string text) in texts) Write(stream, key, text);
        stream.Write(png.AsSpan(Start));
        return stream.ToArray();
    }

    private static void Write(MemoryStream stream, string key, string text)
    {
        bool plain = Ascii.IsValid(text);
        // iTXt: keyword, NUL, not compressed, method 0, no language, no translated keyword.
        byte[] data = [.. Encoding.Latin1.GetBytes(key), .. plain ? "\0"u8 : "\0\0\0\0\0"u8, .. Encoding.UTF8.GetBytes(text)];
        byte[] type = plain ? "tEXt"u8.ToArray() : "iTXt"u8.ToArray();
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Continue(Crc32.Of(type), data));
        stream.Write(number);
    }
}
