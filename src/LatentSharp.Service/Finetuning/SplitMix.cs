namespace LatentSharp.Service.Finetuning;

/// <summary>Random numbers that are the same everywhere (splitmix64: Steele, Lea, Flood 2014).</summary>
/// <param name="seed">Where they begin.</param>
internal struct SplitMix(ulong seed)
{
    private ulong state = seed;

    /// <summary>A whole number from 0 to below <paramref name="bound"/>.</summary>
    public int Below(int bound)
    {
        unchecked
        {
            ulong z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)Math.BigMul(z ^ (z >> 31), (ulong)bound, out _);
        }
    }
}
