using System.Globalization;
using LatentSharp.Service.Checking;
using LatentSharp.Service.ModelFolders;

namespace LatentSharp.Cli;

/// <summary>Shows folders of models.</summary>
internal static class ShownModels
{
    private const int MostAutoencoders = 4, MostUnusable = 8;

    /// <summary>Which autoencoder fits which checkpoint, as a table, and what else lies in the folder.</summary>
    internal static void Print(CheckModelsResult result, Output output)
    {
        output.Line($"{result.Folder}: {Number(result.Files, "file")} with weights");
        Table(output, ["model", "what it is", "latent space", "autoencoders that fit"], result.Models.SelectMany(Rows));
        Table(output, ["autoencoder", "what it is", "latent space"], result.Autoencoders.Select(a => (string[])
        [
            a.Name,
            a.Title + (a.NonFinite is > 0 and var bad
                ? string.Create(CultureInfo.InvariantCulture, $"; NaN or infinite values: {bad:N0}") : ""),
            string.Join(" or ", ((IEnumerable<string?>)[a.Space]).Concat(a.OtherSpaces ?? [])),
        ]));
        Table(output, ["LoRA", "for", "models that it changes"],
            result.Loras.Select(l => (string[])[l.Name, l.Model ?? "not known", l.Models.Count == 0 ? "none here" : Some(l.Models)]));
        Table(output, ["cannot be used", "why"], result.Unusable.Take(MostUnusable)
            .Select(u => (string[])[u.Name, u.Problem is null ? "nothing that is known" : ShownText.OneLine(u.Problem)]));
        if (result.Unusable.Count > MostUnusable) output.Line($"and {result.Unusable.Count - MostUnusable} more, which --json lists");
        CheckedModel[] lacking = [.. result.Models.Where(m => m.Fetch is not null)];
        string[] open = [.. result.Models.Where(m => m.Autoencoders.Count == 0 && m.Fetch is null).Select(m => m.Name)];
        output.Line();
        if (result.Models.Count == 0) output.Line("There is no diffusion model in it.");
        else if (lacking.Length == 0 && open.Length < result.Models.Count)
            output.Line(open.Length == 0 ? "Every model has an autoencoder." : "Every model that is known has an autoencoder.");
        if (open.Length > 0) output.Line($"Which autoencoder fits {Some(open)} cannot be told.");
        foreach (PublishedPart part in lacking.Select(m => m.Fetch!).Distinct())
        {
            CheckedModel[] waiting = [.. lacking.Where(m => m.Fetch == part)];
            string lacks = waiting.Length == 1 ? "lacks its autoencoder" : "lack their autoencoder";
            output.Line($"{Some([.. waiting.Select(m => m.Name)])} {lacks}: {part}");
        }
    }

    /// <summary>Which pipelines are there, complete or not, and with <paramref name="all"/> every file.</summary>
    internal static void Print(ModelsResult result, bool all, Output output)
    {
        foreach (string folder in result.Folders) output.Line($"folder  {folder}");
        if (result.Folders.Count == 0) output.Line("no folder of models is registered; `latent ae add-folder DIR` registers one");
        foreach (PipelineFacts pipeline in result.Pipelines.Where(p => p.Parts[0].Path is not null))
        {
            output.Line();
            output.Line($"{pipeline.Name}  {pipeline.Title}: {(pipeline.Complete ? "complete" : "incomplete")}");
            if (pipeline.Embedded is { } knows)
            {
                output.Line($"  part of this program; it knows {knows}");
                continue;
            }
            int width = pipeline.Parts.Max(p => p.Title.Length);
            foreach (PipelinePart part in pipeline.Parts) output.Line($"  {part.Title.PadRight(width)}  {Shown(part, result)}");
        }
        PipelineFacts[] absent = [.. result.Pipelines.Where(p => p.Parts[0].Path is null)];
        if (absent.Length > 0)
        {
            output.Line();
            output.Line("not here:");
            foreach (PipelineFacts pipeline in absent)
            {
                output.Line($"  {pipeline.Title}{(pipeline.Parts[0].Fetch is { } model ? $": {model}" : "")}");
                string[] also = [.. pipeline.Parts.Skip(1).Where(p => p.Path is null).Select(p => p.Title)];
                if (also.Length > 0) output.Line($"    and its {string.Join(", ", also)}");
            }
        }
        if (all)
            Table(output, ["file", "what it is"], result.Files.Select(f => (string[])[f.Name,
                f.Parts.Count > 0 ? string.Join(", ", f.Parts.Select(p => p.Title)) : ShownText.OneLine(f.Problem ?? "nothing that is known")]));
    }

    private static string Shown(PipelinePart part, ModelsResult result)
    {
        if (part.Path is null) return $"MISSING{(part.Fetch is { } fetch ? $": {fetch}" : "")}";
        return Name(part.Path) + (part.Others.Count == 0 ? "" : $"   (or {Some([.. part.Others.Select(Name)])})");

        string Name(string path) => result.Files.FirstOrDefault(f => f.Path == path)?.Name ?? path;
    }

    /// <summary>Rows in columns as wide as they need, below a heading; nothing for no rows.</summary>
    internal static void Table(Output output, string[] heading, IEnumerable<string[]> rows)
    {
        string[][] all = [heading, .. rows];
        if (all.Length == 1) return;
        int[] widths = [.. Enumerable.Range(0, heading.Length - 1).Select(c => all.Max(r => r[c].Length))];
        output.Line();
        foreach (string[] row in all)
            output.Line(string.Join("  ", row.Select((cell, c) => c < widths.Length ? cell.PadRight(widths[c]) : cell)).TrimEnd());
    }

    private static IEnumerable<string[]> Rows(CheckedModel model)
    {
        string what = model.Title + (model.Model is null ? "" : $" ({model.Model})"), space = model.Space ?? "not known";
        string[] fitting = [.. model.Autoencoders.Take(MostAutoencoders).Select(Fitting)];
        if (model.Autoencoders.Count > MostAutoencoders) fitting[^1] += $" and {model.Autoencoders.Count - MostAutoencoders} more";
        if (model.Space is not null && model.Fetch is not null) fitting = ["NONE HERE", .. fitting];
        if (fitting.Length == 0) fitting = ["not known"];
        return fitting.Select((f, i) => (string[])(i == 0 ? [model.Name, what, space, f] : ["", "", "", f]));
    }

    private static string Fitting(FittingAutoencoder a) => a.Fit switch
    {
        FittingKind.Own => a.Name + " (its own)",
        FittingKind.Possible => a.Name + " (does not say what it is; check the pair)",
        FittingKind.Preview => a.Name + " (small, for previews)",
        _ => a.Name,
    };

    private static string Some(IReadOnlyList<string> names)
        => names.Count <= 3 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(3))} and {names.Count - 3} more";

    private static string Number(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}{(count == 1 ? "" : "s")}");
}
