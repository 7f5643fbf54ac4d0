using LatentSharp.Service.Diagnosing;
using LatentSharp.Tests.Imaging;

namespace LatentSharp.Tests.Diagnosing;

/// <summary>
/// The experiment behind docs/diagnosis.md: defects are planted into photographs, and what the use case of <c>latent diagnose</c> says of
/// the files is counted. LATENTSHARP_DIAGNOSIS=/a/folder judges the pictures in it, LATENTSHARP_DIAGNOSIS=tuning or held-back a half of the
/// project's photographs, LATENTSHARP_PHOTOGRAPHS=40 as many of them. Outcomes are kept in artifacts/diagnosis, so that it goes on where it
/// was ended, and tables are written there; with LATENTSHARP_WRITE_DOCS=1 also into docs/diagnosis.md, between the lines that mark them.
/// LATENTSHARP_DIAGNOSIS_ONLY=CleanPhotograph,channels,Reference:colour judges only these sets of cases, these kinds in pictures alone, and
/// these kinds of other sets. Without LATENTSHARP_DIAGNOSIS a few photographs of the tuning half are judged.
/// </summary>
public sealed class DiagnosisExperiment
{
    [Fact]
    public void WhatIsPlantedIntoAFewPhotographsIsNamed()
    {
        Shared.Require("photos", "models/tiny");
        using DiagnosisCases cases = new();
        using Diagnosing diagnosing = new();
        DiagnosisCase[] few = [.. cases.Of("tuning").Where(c => c.Set == DiagnosisSet.Reference).Where((_, i) => i % 92 == 0)];
        string[] missed = [.. few.Select(c => new DiagnosisOutcome(c, [.. diagnosing.Of(c).Findings.Select(f => f.Kind)]))
            .Where(o => !o.IsRight).Select(o => $"{o.Case.Name} ({o.Case.Photograph}): {string.Join(", ", o.Findings)}")];
        Assert.True(missed.Length <= 1, $"{missed.Length} of {few.Length}: {string.Join("; ", missed)}");
    }

    private static int Most
        => int.TryParse(Environment.GetEnvironmentVariable("LATENTSHARP_PHOTOGRAPHS"), out int most) ? most : int.MaxValue;

    [Fact]
    public void TheWholeExperiment()
    {
        string half = Environment.GetEnvironmentVariable("LATENTSHARP_DIAGNOSIS") ?? "";
        bool folder = Path.IsPathRooted(half);
        Assert.SkipUnless(half is "tuning" or "held-back" || folder, "takes an hour; LATENTSHARP_DIAGNOSIS=tuning or held-back runs it");
        Shared.Require("photos", "models/tiny");
        using DiagnosisCases cases = new();
        using Diagnosing diagnosing = new();
        string name = folder ? "unseen" : half;
        DiagnosisOutcomes outcomes = new(Repository.Path($"artifacts/diagnosis/{name}.tsv"));
        string[]? only = Environment.GetEnvironmentVariable("LATENTSHARP_DIAGNOSIS_ONLY")?.Split(',');
        DiagnosisOutcome[] all = [.. cases.Of(half, Most).Where(c => only is null || only.Contains(c.Set.ToString())
                || only.Contains($"{c.Set}:{c.Kind}") || IsAlone(c, only))
            .Select(c => outcomes.Of(c, diagnosing.Of))];
        string tables = DiagnosisPage.Of(all), docs = Repository.Path("docs/diagnosis.md");
        File.WriteAllText(Repository.Path($"artifacts/diagnosis/{name}.md"), tables);
        if (Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") == "1")
            File.WriteAllText(docs, DiagnosisPage.Into(File.ReadAllText(docs), DiagnosisPage.Of(outcomes.Among(cases.Of(half)))));
    }

    [Fact]
    public void TablesAreWrittenIntoThePageAndNothingElseIs()
    {
        const string page = "# By hand\n\n<!-- tables: begin -->\nold\n<!-- tables: end -->\n\n## By hand too\n";
        Assert.Equal("# By hand\n\n<!-- tables: begin -->\n\nnew\n\n<!-- tables: end -->\n\n## By hand too\n", DiagnosisPage.Into(page, "new\n"));
        Assert.Throws<InvalidOperationException>(() => DiagnosisPage.Into("# No tables\n", "new"));
        string docs = File.ReadAllText(Repository.Path("docs/diagnosis.md"));
        Assert.Contains("new", DiagnosisPage.Into(docs, "new"), StringComparison.Ordinal);
    }

    private static bool IsAlone(DiagnosisCase which, string[] kinds)
        => which.Set is DiagnosisSet.Alone or DiagnosisSet.WrongAutoencoder && kinds.Contains(which.Kind);

    /// <summary>Diagnoses files, as the command does.</summary>
    private sealed class Diagnosing : IDisposable
    {
        private readonly TemporaryFolder folder = new();
        private readonly Dictionary<string, AutoencoderLibrary> libraries = [];

        public DiagnoseResult Of(DiagnosisCase which)
        {
            (ImageTensor? reference, ImageTensor picture) = which.Make();
            PictureFile.Save(folder["picture.png"], picture);
            if (reference is not null) PictureFile.Save(folder["reference.png"], reference);
            return DiagnosePicture.Run(Library(which.AtHand ?? AutoencoderLibrary.EmbeddedName),
                new DiagnoseRequest { Picture = folder["picture.png"], Reference = reference is null ? null : folder["reference.png"] });
        }

        public void Dispose() => folder.Dispose();

        private AutoencoderLibrary Library(string name)
        {
            if (libraries.TryGetValue(name, out AutoencoderLibrary? library)) return library;
            libraries.Add(name, library = new AutoencoderLibrary(folder["home-" + name], [EmbeddedAutoencoder.BuiltIn]));
            if (name != AutoencoderLibrary.EmbeddedName) library.Register(name, DiagnosisCases.PathOf(name));
            return library;
        }
    }
}
