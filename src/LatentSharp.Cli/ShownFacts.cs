using System.Globalization;
using LatentSharp.Service.Inspecting;

namespace LatentSharp.Cli;

/// <summary>Shows what a file is.</summary>
internal static class ShownFacts
{
    private const int LongestValue = 100, MostMetadata = 40;

    /// <summary>Prints the facts that are there, one a line, then notes and tensors.</summary>
    internal static void Print(InspectResult r, Output output)
    {
        output.Line(r.Listed is { Path: null } ? "part of latent" : r.File);
        (string Name, string? Text)[] facts =
        [
            ("name", r.Listed?.Name),
            ("source", r.Listed?.Source.ToString().ToLowerInvariant()),
            ("default", Word(r.Listed?.Default)),
            ("bytes", Number(r.Bytes)),
            ("sha256", r.Sha256),
            ("kind", r.Kind == InspectedKind.ImageTensor ? "image tensor" : r.Kind.ToString().ToLowerInvariant()),
            ("family", r.FamilyTitle),
            (r.KnownAs is { Count: 0 } ? "published" : "known as", KnownAs(r)),
            ("content", r.Content is null ? null : string.Join('\n', r.Content.Select(c => $"{c.Key}:{c.Value.Whole}"))),
            ("space", r.SpaceTitle),
            ("space stated", Word(r.SpaceStated)),
            ("can encode", Word(r.CanEncode)),
            ("can decode", Word(r.CanDecode)),
            ("evidence", r.Evidence is { Count: > 0 } evidence ? string.Join('\n', evidence) : null),
            ("holds", r.Networks is null ? null : string.Join('\n', r.Networks.Select(Network))),
            ("format", r.Format),
            ("layout", r.Layout),
            ("prefix", r.Prefix),
            ("parameters", Number(r.Parameters)),
            ("tensors", Number(r.Tensors)),
            ("element types", r.ElementTypes is null ? null : string.Join(", ", r.ElementTypes.Select(t => $"{t.Key} ({t.Value})"))),
            ("element type", r.ElementType),
            ("encoder widths", r.EncoderWidths is null ? null : string.Join(", ", r.EncoderWidths)),
            ("decoder widths", r.DecoderWidths is null ? null : string.Join(", ", r.DecoderWidths)),
            ("shape", r.Shape is null ? null : string.Join(" x ", r.Shape)),
            ("picture", r.Picture is { } size ? $"{size.Width} x {size.Height}" : null),
            ("posterior", Word(r.Posterior)),
            ("non finite", Number(r.NonFinite)),
            ("rms", r.Rms?.ToString("0.000", CultureInfo.InvariantCulture)),
            ("finding", r.Finding),
            ("remedy", TypedRemedy.Text(r.Remedy)),
            ("pictures", Number(r.Pictures)),
            ("width", Number(r.Width)),
            ("height", Number(r.Height)),
            ("bits", Number(r.Bits)),
            ("colours", r.Colours),
            ("frames", Number(r.Frames)),
            ("orientation", Number(r.Orientation)),
            ("profile", r.Profile),
            ("signalling", r.Signalling),
            ("made with", r.Generation?.Program),
            ("prompt", r.Generation?.Prompt),
            ("negative", r.Generation?.Negative),
            ("settings", Settings(r.Generation)),
            ("parts", r.Generation?.Record is { } record ? string.Join('\n', record.Parts.Select(p => $"{p.Role} {p.File}, SHA-256 {p.Sha256}")) : null),
            ("metadata", Metadata(r.Metadata)),
        ];
        int width = facts.Where(f => f.Text is not null).Max(f => f.Name.Length);
        foreach ((string name, string? text) in facts)
        {
            if (string.IsNullOrEmpty(text)) continue;
            string[] lines = text.Split('\n');
            output.Line($"  {name.PadRight(width)}  {lines[0]}");
            foreach (string line in lines.AsSpan(1)) output.Line($"  {new string(' ', width)}  {line}");
        }
        foreach (string note in r.Notes) output.Line($"  {"note".PadRight(width)}  {ShownText.OneLine(note)}");
        foreach (TensorFacts tensor in r.TensorsListed ?? [])
            output.Line($"  {ShownText.OneLine(tensor.Name)}  {tensor.Type} [{string.Join(", ", tensor.Shape)}]");
    }

    private static string Network(NetworkFacts n)
        => $"{n.Title}{(n.Model is null ? "" : $" ({n.Model})")}{(n.SpaceTitle is null ? "" : $", latent space {n.SpaceTitle}")}";

    private static string? Settings(InspectedGeneration? g) => g is null ? null : string.Join(", ", new (string Name, object? Value)[]
    {
        ("model", g.Checkpoint), ("autoencoder", g.Autoencoder),
        ("size", g.Width is { } width && g.Height is { } height ? $"{width}x{height}" : null),
        ("steps", g.Steps), ("sampler", g.Sampler), ("schedule", g.Schedule),
        ("seed", g.Seed), ("guidance", g.Guidance), ("cfg", g.Cfg),
    }.Where(p => p.Value is not null).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Value}")));

    private static string? KnownAs(InspectResult r)
    {
        if (r.KnownAs is null) return null;
        if (r.KnownAs.Count > 0) return string.Join('\n', r.KnownAs.Select(k => k.Text));
        return $"not a known file, but shaped like {string.Join(" or ", r.LookAlikes is { Count: > 0 } alike ? alike : [r.FamilyTitle ?? ""])}";
    }

    private static string? Metadata(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not { Count: > 0 }) return null;
        IEnumerable<string> lines = metadata.Take(MostMetadata).Select(m => $"{Shortened(m.Key)} = {Shortened(m.Value)}");
        return string.Join('\n', metadata.Count > MostMetadata ? lines.Append($"and {metadata.Count - MostMetadata} more, which --json shows") : lines);
    }

    private static string Shortened(string value)
    {
        string line = ShownText.OneLine(value);
        return line.Length <= LongestValue ? line : line[..(LongestValue - 3)] + "...";
    }

    private static string? Word(bool? value) => value switch { true => "yes", false => "no", _ => null };

    private static string? Number(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture);
}
