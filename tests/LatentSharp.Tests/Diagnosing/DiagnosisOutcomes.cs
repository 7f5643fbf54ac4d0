using System.Globalization;
using LatentSharp.Service.Diagnosing;

namespace LatentSharp.Tests.Diagnosing;

/// <summary>What was said of one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Findings">The kinds that were found, gravest first.</param>
internal sealed record DiagnosisOutcome(DiagnosisCase Case, string[] Findings)
{
    /// <summary>Whether that is right: the kind first where there is a reference, anywhere where there is none; nothing where nothing is
    /// wrong.</summary>
    public bool IsRight => Case.Kind.Length == 0 ? Findings.Length == 0
        : Case.Set is DiagnosisSet.Reference or DiagnosisSet.Further ? Findings is [var first, ..] && first == Case.Kind
        : Findings.Contains(Case.Kind);
}

/// <summary>
/// Outcomes of a half in a file with a line for each case, so that an experiment of an hour can be done in pieces: what is in the file is
/// not done again.
/// </summary>
internal sealed class DiagnosisOutcomes(string path)
{
    private readonly Dictionary<string, string[]> known = File.Exists(path)
        ? File.ReadLines(path).Select(l => l.Split('\t')).Where(f => f.Length >= 6)
            .GroupBy(f => string.Join('\t', f[..4]))
            .ToDictionary(g => g.Key, g => g.Last()[4].Split(',', StringSplitOptions.RemoveEmptyEntries))
        : [];

    /// <summary>The outcomes of those cases that are in the file.</summary>
    public IReadOnlyList<DiagnosisOutcome> Among(IEnumerable<DiagnosisCase> cases)
        => [.. cases.Where(c => known.ContainsKey(c.Key)).Select(c => new DiagnosisOutcome(c, known[c.Key]))];

    /// <summary>The outcome of a case, from the file or computed.</summary>
    public DiagnosisOutcome Of(DiagnosisCase which, Func<DiagnosisCase, DiagnoseResult> diagnose)
    {
        if (known.TryGetValue(which.Key, out string[]? kinds)) return new DiagnosisOutcome(which, kinds);
        DiagnoseResult result = diagnose(which);
        kinds = [.. result.Findings.Select(f => f.Kind)];
        string evidence = string.Join(" | ",
            result.Findings.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Severity} {f.Kind} {f.Confidence}: {f.Evidence}")));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.AppendAllText(path, $"{which.Key}\t{string.Join(',', kinds)}\t{evidence}\n");
        known[which.Key] = kinds;
        return new DiagnosisOutcome(which, kinds);
    }
}
