using System.Buffers.Binary;

namespace LatentSharp.Imaging.Metadata;

/// <summary>The EXIF segment and the comments of a JPEG file, up to the first scan (ITU-T T.81, annex B).</summary>
internal static class JpegTexts
{
    private const int MostSegments = 1000;

    public static void Read(Stream stream, TextList texts)
    {
        Span<byte> header = stackalloc byte[4];
        stream.Position = 2;
        for (int segment = 0; segment < MostSegments && !texts.IsFull; segment++)
        {
            if (stream.ReadAtLeast(header, 4, throwOnEndOfStream: false) < 4 || header[0] != 0xFF || header[1] is 0xDA or 0xD9) return;
            int length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]) - 2;
            if (length < 0 || length > stream.Length - stream.Position) return;
            if (header[1] is not (0xE1 or 0xFE))
            {
                stream.Seek(length, SeekOrigin.Current);
                continue;
            }
            byte[] data = new byte[length];
            stream.ReadExactly(data);
            if (header[1] == 0xFE) texts.Add("Comment", PictureTexts.Decode(data).TrimEnd('\0'));
            else if (data.AsSpan().StartsWith("Exif\0\0"u8)) ExifTexts.Read(data, texts);
        }
    }
}

/// <summary>The EXIF chunk of a WebP file (RFC 9649).</summary>
internal static class WebPTexts
{
    private const int MostChunks = 10_000;

    public static void Read(Stream stream, TextList texts)
    {
        Span<byte> header = stackalloc byte[8];
        stream.Position = 12;
        for (int chunk = 0; chunk < MostChunks && !texts.IsFull; chunk++)
        {
            if (stream.ReadAtLeast(header, 8, throwOnEndOfStream: false) < 8) return;
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            if (length > stream.Length - stream.Position) return;
            if (header[..4].SequenceEqual("EXIF"u8) && length <= PictureTexts.LargestSum)
            {
                byte[] data = new byte[length];
                stream.ReadExactly(data);
                ExifTexts.Read(data, texts);
                stream.Seek(length & 1, SeekOrigin.Current);
            }
            else
            {
                stream.Seek(length + (length & 1), SeekOrigin.Current);
            }
        }
    }
}
