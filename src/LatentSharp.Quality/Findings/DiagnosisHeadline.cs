namespace LatentSharp.Quality.Findings;

/// <summary>Puts a diagnosis into one sentence.</summary>
internal static class DiagnosisHeadline
{
    public static string Of(Diagnosis diagnosis)
    {
        string open = Unjudged(diagnosis.NotJudged);
        if (diagnosis.Findings.Count > 0)
        {
            string main = $"{Capital(diagnosis.Findings[0].Severity)} {diagnosis.Findings[0].KindName}";
            string[] others = [.. diagnosis.Findings.Select(f => f.KindName).Distinct().Where(k => k != diagnosis.Findings[0].KindName)];
            return $"{main}{(others.Length == 0 ? "" : $", also {Joined(others, "and")}")}.{(open.Length > 0 ? " " + Capital(open) + "." : "")}";
        }
        string none = diagnosis.LookedFor.Count == 0 ? "Nothing was looked for" : $"No sign of {Joined([.. diagnosis.LookedFor.Select(Finding.NameOf)], "or")}";
        string visible = diagnosis.Visible.Count == 0 ? ""
            : " But look at it: there is something that may be a fault or the scene's own, named below.";
        return (open.Length > 0 ? $"{none}; {open}." : $"{none}.") + visible;
    }

    private static string Unjudged(IReadOnlyList<NotJudged> all)
        => string.Join("; ",
            all.GroupBy(n => n.Reason).Select(g => $"{Joined([.. g.Select(n => Finding.NameOf(n.Kind))], "and")} {g.Key}"));

    private static string Joined(string[] words, string last)
        => words.Length < 2 ? string.Concat(words) : $"{string.Join(", ", words[..^1])} {last} {words[^1]}";

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
