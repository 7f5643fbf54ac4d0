using System.Buffers.Binary;
using System.Numerics;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// MD5 (RFC 1321) of a few bytes, by which ai-toolkit names its files; nothing is kept safe by it. The platform's needs OpenSSL's libraries
/// on Linux.
/// </summary>
internal static class Md5
{
    private const int Block = 64, LengthBytes = 8;

    // Section 3.4: the integer part of 2^32 times |sin(i)|, i in radians from 1.
    private static ReadOnlySpan<uint> Sines =>
    [
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
        0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
        0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
        0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
        0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
        0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
        0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
        0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
    ];

    private static ReadOnlySpan<byte> Shifts => [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    /// <summary>The 16 bytes.</summary>
    public static byte[] Of(ReadOnlySpan<byte> bytes)
    {
        // A bit, zeros, and the number of bits, to a multiple of the block (3.1, 3.2).
        var padded = new byte[(bytes.Length + LengthBytes) / Block * Block + Block];
        bytes.CopyTo(padded);
        padded[bytes.Length] = 0x80;
        BinaryPrimitives.WriteUInt64LittleEndian(padded.AsSpan(padded.Length - LengthBytes), 8 * (ulong)bytes.Length);
        uint[] state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
        for (int at = 0; at < padded.Length; at += Block) Add(state, padded.AsSpan(at, Block));
        var digest = new byte[16];
        for (int i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(digest.AsSpan(4 * i), state[i]);
        return digest;
    }

    private static void Add(uint[] state, ReadOnlySpan<byte> block)
    {
        (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
        for (int i = 0; i < 64; i++)
        {
            (uint mixed, int word) = (i / 16) switch
            {
                0 => ((b & c) | (~b & d), i),
                1 => ((b & d) | (c & ~d), 5 * i + 1),
                2 => (b ^ c ^ d, 3 * i + 5),
                _ => (c ^ (b | ~d), 7 * i),
            };
            uint sum = a + mixed + Sines[i] + BinaryPrimitives.ReadUInt32LittleEndian(block[(word % 16 * 4)..]);
            (a, b, c, d) = (d, b + BitOperations.RotateLeft(sum, Shifts[i / 16 * 4 + i % 4]), b, c);
        }
        (state[0], state[1], state[2], state[3]) = (state[0] + a, state[1] + b, state[2] + c, state[3] + d);
    }
}
