namespace LatentSharp.Latents;

/// <summary>
/// Standard normal noise that is a pure function of seed, picture and position, so that it depends neither on threads nor on the size of a
/// batch: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011) keyed with the seed, followed by Box-Muller.
/// It does not reproduce the seeds of torch.
/// </summary>
public static class GaussianNoise
{
    /// <summary>Fills <paramref name="noise"/> with the values of picture <paramref name="picture"/> of a batch.</summary>
    public static void Fill(Span<float> noise, ulong seed, int picture = 0)
    {
        for (int i = 0; i < noise.Length; i += 4)
        {
            (uint a, uint b, uint c, uint d) = Philox((uint)(i / 4), (uint)picture, (uint)seed, (uint)(seed >> 32));
            (float x0, float x1) = BoxMuller(a, b);
            (float x2, float x3) = BoxMuller(c, d);
            noise[i] = x0;
            if (i + 1 < noise.Length) noise[i + 1] = x1;
            if (i + 2 < noise.Length) noise[i + 2] = x2;
            if (i + 3 < noise.Length) noise[i + 3] = x3;
        }
    }

    /// <summary>Ten rounds of Philox on the counter (index, picture, 0, 0) with a 64-bit key.</summary>
    internal static (uint, uint, uint, uint) Philox(uint index, uint picture, uint key0, uint key1)
        => Philox(index, picture, 0, 0, key0, key1);

    internal static (uint, uint, uint, uint) Philox(uint c0, uint c1, uint c2, uint c3, uint key0, uint key1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ key0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ key1, (uint)p0);
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }

    private static (float, float) BoxMuller(uint a, uint b)
    {
        double radius = Math.Sqrt(-2 * Math.Log((a + 1.0) / 4294967296.0));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * (b / 4294967296.0));
        return ((float)(radius * cos), (float)(radius * sin));
    }
}
