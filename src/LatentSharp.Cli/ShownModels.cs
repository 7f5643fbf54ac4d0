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
                ? string.Create(CultureInfo.InvariantCulture, $"; {bad:N0} values are NaN or infinite") : ""),
            string.Join(" or ", ((IEnumerable<string?>)[a.Space]).Concat(a.OtherSpaces ?? [])),
        ]));
        Table(output, ["LoRA", "for", "models that it changes"],
            result.Loras.Select(l => (string[])[l.Name, l.Model ?? "not known", l.Models.Count == 0 ? "none here" : Some(l.Models)]));
        Table(output, ["cannot be used", "why"], result.Unusable.Take(MostUnusable)
            .Select(u => (string[])[u.Name, u.Problem is null ? "nothing that is known" : ShownText.OneLine(u.Problem)]));
        if (result.Unusable.Count > MostUnusable) output.Line($"and {result.Unusable.Count - MostUnusable} more, which --json lists");
        CheckedModel[] lacking = [.. result.Models.Where(m => m.Fetch is not null)];
        output.Line();
        if (result.Models.Count == 0) output.Line("There is no diffusion model in it.");
        else if (lacking.Length == 0) output.Line("Every model has an autoencoder.");
        foreach (PublishedPart part in lacking.Select(m => m.Fetch!).Distinct())
        {
            CheckedModel[] waiting = [.. lacking.Where(m => m.Fetch == part)];
            string lacks = waiting.Length == 1 ? "lacks its autoencoder" : "lack their autoencoder";
            output.Line($"{Some([.. waiting.Select(m => m.Name)])} {lacks}: {Fetch(part)}");
        }
    }

    /// <summary>A published file in one line: name, size, digest, licence, places.</summary>
    internal static string Fetch(PublishedPart part) => string.Join(", ", ((string?[])
    [
        part.File, part.Bytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes") : null,
        part.Sha256 is { } digest ? $"sha256 {digest}" : null, part.Licence, part.Places is [var place, ..] ? place : null,
    ]).Where(t => t is not null));

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
