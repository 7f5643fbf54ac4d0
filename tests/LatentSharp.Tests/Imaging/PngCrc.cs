namespace LatentSharp.Tests.Imaging;

/// <summary>The checksum of PNG chunks (PNG specification, annex D): the reflected CRC-32 of type and data.</summary>
internal static class PngCrc
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
        }
        return ~crc;
    }
}
