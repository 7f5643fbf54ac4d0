using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using LatentSharp.Weights;

namespace LatentSharp.Imaging.Metadata;

/// <summary>
/// The chunks tEXt, zTXt, iTXt and eXIf of a PNG file (PNG specification, third edition, 11.3.3), before and after the pixels.
/// </summary>
internal static class PngTexts
{
    private const int MostChunks = 100_000;

    public static void Read(Stream stream, TextList texts)
    {
        Span<byte> header = stackalloc byte[8], trailer = stackalloc byte[4];
        stream.Position = 8;
        for (int chunk = 0; chunk < MostChunks && !texts.IsFull; chunk++)
        {
            if (stream.ReadAtLeast(header, 8, throwOnEndOfStream: false) < 8) return;
            uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
            ReadOnlySpan<byte> type = header[4..];
            if (length > int.MaxValue || type.SequenceEqual("IEND"u8)) return;
            bool wanted = type.SequenceEqual("tEXt"u8) || type.SequenceEqual("zTXt"u8) || type.SequenceEqual("iTXt"u8)
                || type.SequenceEqual("eXIf"u8);
            if (!wanted || length > PictureTexts.LargestText || length > stream.Length - stream.Position)
            {
                if (length + 4L > stream.Length - stream.Position) return;
                stream.Seek(length + 4L, SeekOrigin.Current);
                continue;
            }
            byte[] data = new byte[length];
            stream.ReadExactly(data);
            if (stream.ReadAtLeast(trailer, 4, throwOnEndOfStream: false) < 4) return;
            if (Crc32.Continue(Crc32.Of(header[4..]), data) != BinaryPrimitives.ReadUInt32BigEndian(trailer)) continue;
            if (type.SequenceEqual("eXIf"u8)) ExifTexts.Read(data, texts);
            else if (Text(type, data) is { } text) texts.Add(text.Key, text.Value);
        }
    }

    private static KeyValuePair<string, string>? Text(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        int end = data.IndexOf((byte)0);
        if (end is < 1 or > 79) return null;
        string key = Encoding.Latin1.GetString(data[..end]);
        ReadOnlySpan<byte> rest = data[(end + 1)..];
        if (type.SequenceEqual("tEXt"u8)) return new(key, PictureTexts.Decode(rest));
        if (type.SequenceEqual("zTXt"u8))
            return rest.Length > 1 && rest[0] == 0 && Inflated(rest[1..]) is { } inflated ? new(key, PictureTexts.Decode(inflated)) : null;
        // iTXt: compressed or not, method, language, NUL, translated keyword, NUL, text.
        if (rest.Length < 4 || rest[0] > 1 || rest[1] != 0) return null;
        bool compressed = rest[0] == 1;
        rest = rest[2..];
        for (int skipped = 0; skipped < 2; skipped++)
        {
            int nul = rest.IndexOf((byte)0);
            if (nul < 0) return null;
            rest = rest[(nul + 1)..];
        }
        if (!compressed) return new(key, PictureTexts.Decode(rest));
        return Inflated(rest) is { } text ? new(key, PictureTexts.Decode(text)) : null;
    }

    // Null when it is damaged or grows beyond the bound.
    private static byte[]? Inflated(ReadOnlySpan<byte> data)
    {
        try
        {
            using MemoryStream source = new(data.ToArray());
            using ZLibStream zlib = new(source, CompressionMode.Decompress);
            using MemoryStream target = new();
            byte[] part = new byte[16384];
            for (int read = zlib.Read(part); read > 0; read = zlib.Read(part))
            {
                target.Write(part, 0, read);
                if (target.Length > PictureTexts.LargestText) return null;
            }
            return target.ToArray();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
