using System.Globalization;
using System.Text;

namespace LatentSharp.Tests.Diagnosing;

/// <summary>The tables of docs/diagnosis.md, counted by <see cref="DiagnosisExperiment"/>. The rest of the page is written by hand.</summary>
internal static class DiagnosisPage
{
    private const string Begin = "<!-- tables: begin -->", End = "<!-- tables: end -->";

    /// <summary>A page with its tables replaced, and nothing else.</summary>
    /// <exception cref="InvalidOperationException">The page does not say where its tables begin and end.</exception>
    public static string Into(string page, string tables)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal), end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new InvalidOperationException($"the page needs the lines {Begin} and {End}, and its tables between them");
        return $"{page[..(begin + Begin.Length)]}\n\n{tables.Trim()}\n\n{page[end..]}";
    }

    /// <summary>The tables of those questions that were asked.</summary>
    public static string Of(IReadOnlyList<DiagnosisOutcome> all)
    {
        (string Title, string Text, DiagnosisSet[] Sets)[] sections =
        [
            ("With a reference", "Right is the kind that stands first.", [DiagnosisSet.Reference]),
            ("With a reference, beyond these kinds", "", [DiagnosisSet.Further]),
            ("Pairs in which nothing is wrong", "Right is silence.", [DiagnosisSet.CleanPair]),
            ("Autoencoders that lose more", "What is found in their round trips is there; it is told here, not judged.", [DiagnosisSet.LossyPair]),
            ("From the picture alone", "Right is when the kind is among the findings.", [DiagnosisSet.Alone]),
            ("From the picture alone: false alarms",
                "Photographs as they are, and as autoencoders of their own space decode them (with that autoencoder at hand); right is silence.",
                [DiagnosisSet.CleanPhotograph, DiagnosisSet.CleanDecoding]),
            ("From the picture alone: the wrong autoencoder",
                "A latent of one space is decoded by an autoencoder of another that has as many channels. The embedded autoencoder is always at hand, "
                    + "and one of the two as said. Right is when `space` is among the findings.",
                [DiagnosisSet.WrongAutoencoder]),
        ];
        StringBuilder page = new();
        foreach ((string title, string text, DiagnosisSet[] sets) in sections)
        {
            DiagnosisOutcome[] own = [.. all.Where(o => sets.Contains(o.Case.Set))];
            if (own.Length == 0) continue;
            int photographs = own.Select(o => o.Case.Photograph).Distinct().Count();
            page.Append(CultureInfo.InvariantCulture, $"### {title}\n\n{text}{(text.Length > 0 ? " " : "")}{photographs} photographs.\n\n");
            foreach (DiagnosisSet set in sets.Where(s => own.Any(o => o.Case.Set == s))) page.Append(Table(own, set)).Append("\n\n");
        }
        return page.ToString();
    }

    private static string Table(IReadOnlyList<DiagnosisOutcome> all, DiagnosisSet set)
    {
        DiagnosisOutcome[] own = [.. all.Where(o => o.Case.Set == set)];
        bool kinds = own.Any(o => o.Case.Kind.Length > 0);
        StringBuilder lines = new(kinds ? "| kind | what was done | right | | otherwise said |\n|---|---|---|---|---|\n"
            : "| what was done | silent | | otherwise said |\n|---|---|---|---|\n");
        foreach (IGrouping<string, DiagnosisOutcome> kind in own.GroupBy(o => o.Case.Kind))
        {
            IGrouping<string, DiagnosisOutcome>[] names = [.. kind.GroupBy(o => o.Case.Name)];
            foreach (IGrouping<string, DiagnosisOutcome> name in names) Row(kind.Key, name.Key, [.. name]);
            if (names.Length > 1) Row(kind.Key.Length > 0 ? $"**{kind.Key}**" : "", "**all**", [.. kind]);
        }
        return lines.ToString().TrimEnd();

        void Row(string kind, string name, DiagnosisOutcome[] outcomes)
        {
            int right = outcomes.Count(o => o.IsRight);
            string said = string.Join(", ", outcomes.Where(o => !o.IsRight).GroupBy(o => o.Findings is [var first, ..] ? first : "nothing")
                .OrderByDescending(g => g.Count()).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {g.Count()}")));
            lines.Append(CultureInfo.InvariantCulture,
                $"| {(kinds ? kind + " | " : "")}{name} | {right} of {outcomes.Length} | {100.0 * right / outcomes.Length:0.0} % | {said} |\n");
        }
    }
}
