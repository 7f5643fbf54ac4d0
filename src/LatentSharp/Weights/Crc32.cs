namespace LatentSharp.Weights;

/// <summary>
/// The checksum of PNG chunks (ISO 3309) and of zip archives (APPNOTE.TXT 4.4.7): CRC-32 with the polynomial 0xEDB88320.
/// </summary>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(i =>
    {
        uint value = (uint)i;
        for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320 : value >> 1;
        return value;
    })];

    /// <summary>Of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Continue(0, bytes);

    /// <summary>Of bytes that follow those of <paramref name="crc"/>.</summary>
    public static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        foreach (byte b in bytes) crc = crc >> 8 ^ Table[(byte)crc ^ b];
        return ~crc;
    }
}
