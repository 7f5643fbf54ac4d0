using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models;

/// <summary>One network of a file that may hold several, found by a tensor that only such a network has.</summary>
internal static class CheckpointPart
{
    /// <summary>What stands before <paramref name="mark"/> in the file's names, with the dot; null where it does not occur.</summary>
    public static string? PrefixOf(WeightSource file, string mark)
        => file.Tensors.Keys.FirstOrDefault(n => IsAt(n, mark))?[..^mark.Length];

    /// <summary>Whether a name is <paramref name="mark"/>, or has it behind a prefix.</summary>
    public static bool IsAt(string name, string mark)
        => name.EndsWith(mark, StringComparison.Ordinal) && (name.Length == mark.Length || name[^(mark.Length + 1)] == '.');

    /// <summary>The tensors whose names begin with <paramref name="prefix"/>, without it, and with their stored scales applied.</summary>
    /// <exception cref="LatentSharpException">A weight is stored in a way that is not understood.</exception>
    public static WeightSource Below(WeightSource file, string prefix)
    {
        (WeightSource weights, HashSet<string> used) = CompanionTensors.Apply(file, IsBelow);
        return new RenamedWeights(weights, n => IsBelow(n) && !used.Contains(n) ? n[prefix.Length..] : null);

        bool IsBelow(string name) => name.StartsWith(prefix, StringComparison.Ordinal);
    }
}
