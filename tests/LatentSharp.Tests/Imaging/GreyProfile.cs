using System.Buffers.Binary;
using System.Text;

namespace LatentSharp.Tests.Imaging;

/// <summary>
/// A version 2 ICC profile for grey pictures with a pure power curve, as scanners and old editors embed them (ICC.1:2001-04).
/// </summary>
internal static class GreyProfile
{
    public static byte[] WithGamma(double gamma, string name)
    {
        byte[] description = [.. "desc\0\0\0\0"u8, .. BigEndian(name.Length + 1), .. Encoding.ASCII.GetBytes(name), 0,
            .. new byte[4 + 4 + 2 + 1 + 67]];
        byte[] white = [.. "XYZ \0\0\0\0"u8, .. BigEndian(0xF6D6), .. BigEndian(0x10000), .. BigEndian(0xD32D)]; // D50
        byte[] curve = [.. "curv\0\0\0\0"u8, .. BigEndian(1), (byte)((int)(gamma * 256) >> 8), (byte)(int)(gamma * 256), 0, 0];
        byte[] copyright = [.. "text\0\0\0\0none\0\0\0\0"u8];
        (string Name, byte[] Data)[] tags = [("desc", description), ("wtpt", white), ("kTRC", curve), ("cprt", copyright)];
        var table = new List<byte>(BigEndian(tags.Length));
        var data = new List<byte>();
        int start = 128 + 4 + 12 * tags.Length;
        foreach ((string tag, byte[] bytes) in tags)
        {
            table.AddRange([.. Encoding.ASCII.GetBytes(tag), .. BigEndian(start + data.Count), .. BigEndian(bytes.Length)]);
            data.AddRange(bytes);
            while (data.Count % 4 != 0) data.Add(0);
        }
        var header = new byte[128];
        BigEndian(start + data.Count).CopyTo(header, 0);
        BigEndian(0x02100000).CopyTo(header, 8);
        "mntrGRAYXYZ "u8.CopyTo(header.AsSpan(12));
        "acsp"u8.CopyTo(header.AsSpan(36));
        white.AsSpan(8, 12).CopyTo(header.AsSpan(68));
        return [.. header, .. table, .. data];
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
