namespace LatentSharp.Tuning;

/// <summary>Random values that a training begins with: the same in every run.</summary>
internal static class InitialValues
{
    /// <summary>Fills a tensor evenly between -<paramref name="reach"/> and <paramref name="reach"/>, by its name and a seed.</summary>
    public static void Evenly(Span<float> values, string name, ulong seed, double reach)
    {
        // FNV-1a, 64 bits.
        ulong hash = 0xCBF29CE484222325;
        foreach (char c in name) hash = unchecked((hash ^ c) * 0x100000001B3);
        hash ^= unchecked(seed * 0x9E3779B97F4A7C15);
        var random = new Random(unchecked((int)(hash ^ hash >> 32)));
        foreach (ref float value in values) value = (float)((2 * random.NextDouble() - 1) * reach);
    }
}
