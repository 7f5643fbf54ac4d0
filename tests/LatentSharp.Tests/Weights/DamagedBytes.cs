using System.Buffers.Binary;
using System.Globalization;

namespace LatentSharp.Tests.Weights;

/// <summary>Files that were damaged at random, the same at every run.</summary>
internal static class DamagedBytes
{
    /// <summary>
    /// Which of the damaged files a reader gets: 1,000, with LATENTSHARP_LONG 75,000, with LATENTSHARP_FUZZ so many or those in between:
    /// 100000..200000.
    /// </summary>
    public static Range Inputs { get; } = Environment.GetEnvironmentVariable("LATENTSHARP_FUZZ")?.Split("..") switch
    {
        [var count] => ..int.Parse(count, CultureInfo.InvariantCulture),
        [var from, var to] => int.Parse(from, CultureInfo.InvariantCulture)..int.Parse(to, CultureInfo.InvariantCulture),
        _ => Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1" ? ..75_000 : ..1_000,
    };

    /// <summary>A valid file with one to four wounds.</summary>
    /// <param name="valid">The file.</param>
    /// <param name="others">Files of which pieces are grafted.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Of(byte[] valid, List<byte[]> others, Random random)
    {
        List<byte> bytes = [.. valid];
        Span<byte> field = stackalloc byte[8];
        for (int n = random.Next(1, 5); n > 0 && bytes.Count > 0; n--)
        {
            int at = Position(bytes.Count, random);
            switch (random.Next(9))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = "0129-.eE\"{}[],: \0\xFF"u8[random.Next(18)]; break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 4: bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256))); break;
                case 5: bytes.RemoveRange(at, bytes.Count - at); break;
                case 6:
                    byte[] other = others[random.Next(others.Count)];
                    int from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(1, 64))]);
                    break;
                case 7:
                    // A whole field becomes an interesting number.
                    long[] interesting = [0, 1, -1, long.MaxValue, long.MinValue, int.MaxValue, uint.MaxValue, 1L << 40, bytes.Count,
                        bytes.Count - 1, random.NextInt64()];
                    BinaryPrimitives.WriteInt64LittleEndian(field, interesting[random.Next(interesting.Length)]);
                    for (int i = 0; i < (random.Next(2) == 0 ? 4 : 8) && at + i < bytes.Count; i++) bytes[at + i] = field[i];
                    break;
                default:
                    int length = Math.Min(random.Next(1, 32), bytes.Count - at);
                    bytes.InsertRange(Position(bytes.Count, random), bytes.GetRange(at, length));
                    break;
            }
        }
        return [.. bytes];
    }

    // Mostly near the beginning, where the structure is.
    private static int Position(int length, Random random)
        => random.Next(3) == 0 ? random.Next(length) : random.Next(Math.Min(length, 400));
}
