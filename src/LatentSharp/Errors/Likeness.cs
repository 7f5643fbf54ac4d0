namespace LatentSharp;

/// <summary>Finds what someone may have meant who mistyped a name.</summary>
internal static class Likeness
{
    private const int Most = 3;

    /// <summary>
    /// The candidates that are nearly the name, the nearest first, three at most: a slip or two away, or the same word with another ending.
    /// </summary>
    public static IEnumerable<string> Nearest(string name, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        string stem = Path.GetFileNameWithoutExtension(name);
        return candidates.Distinct(StringComparer.Ordinal)
            .Select(c => (Candidate: c, Distance: c.StartsWith('.') ? int.MaxValue : Distance(name, c, stem)))
            .Where(c => c.Distance <= Math.Max(1, name.Length / 3))
            .OrderBy(c => c.Distance).ThenBy(c => c.Candidate, StringComparer.Ordinal).Select(c => c.Candidate).Take(Most);
    }

    private static int Distance(string name, string candidate, string stem)
    {
        if (stem.Length >= 3 && candidate.StartsWith(stem, StringComparison.OrdinalIgnoreCase)) return 1;
        return Edits(name.ToUpperInvariant(), candidate.ToUpperInvariant());
    }

    /// <summary>
    /// How many letters have to be put in, left out, replaced or swapped with their neighbour (the restricted Damerau-Levenshtein
    /// distance).
    /// </summary>
    private static int Edits(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replaced, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
