namespace LatentSharp.Diffusion.Noise;

/// <summary>
/// mt19937 (Matsumoto and Nishimura, "Mersenne Twister", 1998), the source of PyTorch's random numbers on the CPU. A generator is no more
/// than its state: two with one seed give the same words.
/// </summary>
internal sealed class MersenneTwister
{
    private const int Length = 624, Middle = 397;
    private const uint UpperBit = 0x80000000, LowerBits = 0x7fffffff, Twist = 0x9908b0df;

    private readonly uint[] state = new uint[Length];
    private int next = Length;

    public MersenneTwister(uint seed)
    {
        state[0] = seed;
        for (int j = 1; j < Length; j++) state[j] = 1812433253u * (state[j - 1] ^ (state[j - 1] >> 30)) + (uint)j;
    }

    /// <summary>The next 32 bits.</summary>
    public uint Next()
    {
        if (next == Length) Refill();
        uint y = state[next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    /// <summary>The next 64 bits; the first word is the upper half.</summary>
    public ulong NextLong()
    {
        ulong high = Next();
        return (high << 32) | Next();
    }

    private void Refill()
    {
        for (int j = 0; j < Length; j++)
        {
            uint y = (state[j] & UpperBit) | (state[(j + 1) % Length] & LowerBits);
            state[j] = state[(j + Middle) % Length] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : Twist);
        }
        next = 0;
    }
}
