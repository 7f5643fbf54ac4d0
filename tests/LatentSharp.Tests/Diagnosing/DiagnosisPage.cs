using System.Globalization;
using System.Text;

namespace LatentSharp.Tests.Diagnosing;

/// <summary>docs/diagnosis.md, written by <see cref="DiagnosisExperiment"/>.</summary>
internal static class DiagnosisPage
{
    public static string Of(IReadOnlyList<DiagnosisOutcome> all, string half)
    {
        int photographs = all.Select(o => o.Case.Photograph).Distinct().Count();
        int tuning = DiagnosisCases.Photographs("tuning").Length;
        return string.Create(CultureInfo.InvariantCulture, $"""
        # What latent diagnose sees, and when it is silent

        Measured on {photographs} photographs of the {half} half, through the use case that the command runs: files are written,
        diagnosed, and the findings counted. Thresholds were chosen on {tuning} other photographs. All are cut to their middle of at
        most 384 pixels each way and saved as PNG. What is planted has several strengths, sizes and places, which vary with the
        photograph; each photograph takes a part of the cases.

        ## With a reference

        Right is the kind that stands first.

        {Table(all, DiagnosisSet.Reference)}

        Beyond these kinds:

        {Table(all, DiagnosisSet.Further)}

        Pairs in which nothing is wrong; right is silence:

        {Table(all, DiagnosisSet.CleanPair)}

        Autoencoders that lose more. What is found in their round trips is there; it is told here, not judged:

        {Table(all, DiagnosisSet.LossyPair)}

        ## From the picture alone

        Right is when the kind is among the findings.

        {Table(all, DiagnosisSet.Alone)}

        False alarms: photographs as they are, and as autoencoders of their own space decode them (with that autoencoder at hand); right
        is silence.

        {Table(all, DiagnosisSet.CleanPhotograph)}

        {Table(all, DiagnosisSet.CleanDecoding)}

        ## The wrong autoencoder, from the picture alone

        A latent of one space is decoded by an autoencoder of another that has as many channels. The embedded autoencoder is always at
        hand, and one of the two as said. Right is when `space` is among the findings.

        {Table(all, DiagnosisSet.WrongAutoencoder)}

        ## How far to trust these figures

        - Defects were planted by a program. Those of programs and files in the wild are mixed, weaker or stronger.
        - The latents were written and decoded by tiny autoencoders, which imitate the large ones; the large ones' files were not at
          hand.
        - Photographs only. Drawings and text have other statistics.
        - The embedded autoencoder was trained on photographs of the same collections, and the fingerprints of wrong decoders were taken
          from some of these.
        - One thing was changed after a first look at this half: a grid, which wrong decoders leave, no longer ends the search for the
          wrong autoencoder. Before, 24 of 50 wrong autoencoders were named; so the table of wrong autoencoders is not one of unseen
          photographs. No threshold was chosen on it.
        - Exchanged channels are told from a picture alone by what JPEG left of the right order: nearly all these photographs were JPEGs
          once. They are not told in a picture that never was one, such as a decoded latent, nor in one that was saved as a JPEG
          afterwards; then the headline says that they were not judged.

        To reproduce all of this: `LATENTSHARP_DIAGNOSIS=held-back LATENTSHARP_PHOTOGRAPHS={photographs} ./test --filter-class
        '*DiagnosisExperiment'`

        """);
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
