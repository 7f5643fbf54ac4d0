using System.Buffers.Binary;
using System.Text;

namespace LatentSharp.Imaging.Metadata;

/// <summary>
/// The text fields of an EXIF block (a TIFF structure): ImageDescription, Make, Model, Software, UserComment. ComfyUI writes
/// <c>prompt:{json}</c> and <c>workflow:{json}</c>
/// into Make, Model and the fields below them.
/// </summary>
internal static class ExifTexts
{
    private const ushort ExifPointer = 0x8769, UserComment = 0x9286;

    private const int MostFields = 1000;

    public static void Read(ReadOnlySpan<byte> data, TextList texts)
    {
        if (data.StartsWith("Exif\0\0"u8)) data = data[6..];
        if (data.Length < 8) return;
        bool little = data[0] == 'I';
        if (U16(data, 2, little) != 42) return;
        Directory(data, U32(data, 4, little), little, texts, true);
    }

    private static void Directory(ReadOnlySpan<byte> data, uint offset, bool little, TextList texts, bool outer)
    {
        if (offset > data.Length - 2) return;
        int count = Math.Min((int)U16(data, (int)offset, little), MostFields);
        for (int i = 0; i < count && !texts.IsFull; i++)
        {
            long at = offset + 2L + 12L * i;
            if (at + 12 > data.Length) return;
            ushort tag = U16(data, (int)at, little), type = U16(data, (int)at + 2, little);
            uint size = U32(data, (int)at + 4, little);
            if (tag == ExifPointer && outer)
            {
                Directory(data, U32(data, (int)at + 8, little), little, texts, false);
                continue;
            }
            if (type is not (2 or 7) || size == 0 || size > PictureTexts.LargestText) continue;
            long start = size <= 4 ? at + 8 : U32(data, (int)at + 8, little);
            if (start + size > data.Length) continue;
            ReadOnlySpan<byte> value = data.Slice((int)start, (int)size);
            if (tag == UserComment) texts.Add("parameters", Comment(value));
            else if (type == 2) Field(tag, PictureTexts.Decode(value).TrimEnd('\0'), texts);
        }
    }

    private static void Field(ushort tag, string text, TextList texts)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is > 0 and < 40 && colon + 1 < text.Length && text[colon + 1] == '{') texts.Add(text[..colon], text[(colon + 1)..]);
        else texts.Add(tag switch
        {
            0x010E => "ImageDescription",
            0x010F => "Make",
            0x0110 => "Model",
            0x0131 => "Software",
            _ => $"exif {tag:X4}"
        }, text);
    }

    // Eight bytes name the encoding; UTF-16 comes in both orders, told by where the zeros are.
    private static string Comment(ReadOnlySpan<byte> value)
    {
        if (value.Length <= 8) return "";
        ReadOnlySpan<byte> text = value[8..];
        if (!value.StartsWith("UNICODE\0"u8)) return PictureTexts.Decode(text).TrimEnd('\0');
        int even = 0, odd = 0;
        for (int i = 0; i + 1 < text.Length; i += 2) (even, odd) = (even + (text[i] == 0 ? 1 : 0), odd + (text[i + 1] == 0 ? 1 : 0));
        return (even >= odd ? Encoding.BigEndianUnicode : Encoding.Unicode).GetString(text).Trim('\0', '\uFEFF');
    }

    private static ushort U16(ReadOnlySpan<byte> data, int at, bool little)
        => little ? BinaryPrimitives.ReadUInt16LittleEndian(data[at..]) : BinaryPrimitives.ReadUInt16BigEndian(data[at..]);

    private static uint U32(ReadOnlySpan<byte> data, int at, bool little)
        => little ? BinaryPrimitives.ReadUInt32LittleEndian(data[at..]) : BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
}
