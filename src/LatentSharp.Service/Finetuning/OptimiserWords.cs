using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning;

/// <summary>The words for an <see cref="OptimiserKind"/> on the command line and in recipes.</summary>
public static class OptimiserWords
{
    /// <summary>Each with what it means; upper and lower case are the same.</summary>
    public static IReadOnlyDictionary<string, OptimiserKind> All { get; }
        = new Dictionary<string, OptimiserKind>(StringComparer.OrdinalIgnoreCase)
        {
            ["adamw"] = OptimiserKind.AdamW, ["sgd"] = OptimiserKind.Sgd, ["muon"] = OptimiserKind.Muon,
        };

    /// <summary>The word for a rule.</summary>
    public static string Of(OptimiserKind rule) => All.First(w => w.Value == rule).Key;
}
