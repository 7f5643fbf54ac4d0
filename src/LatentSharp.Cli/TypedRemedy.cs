using System.Globalization;

namespace LatentSharp.Cli;

/// <summary>How a remedy is taken on the command line: the words for people, with what to type.</summary>
internal static class TypedRemedy
{
    /// <summary>The remedy in words, with the command or option where there is one; null for none.</summary>
    internal static string? Text(Remedy? remedy)
        => remedy is null ? null
        : Command(remedy) is { } command ? string.Create(CultureInfo.InvariantCulture, $"{remedy.Text.TrimEnd('.')}: {command}")
        : remedy.Text;

    /// <summary>What to type, one way or several; null where the words say all.</summary>
    private static string? Command(Remedy remedy) => remedy.Kind switch
    {
        RemedyKind.InspectFile => $"`latent inspect {Quoted(remedy.Subject ?? "FILE")}`.",
        RemedyKind.UseAutoencoder => "`--ae NAME|PATH`; `latent ae list` shows what there is.",
        RemedyKind.RegisterAutoencoder when remedy.Text.StartsWith('\n') => $"""

              latent ae add PATH/{Quoted(remedy.Subject ?? "FILE")}
              latent ae add-folder COMFYUI/models/vae     (when another program has it already)
            Without --ae the embedded autoencoder is used, which needs no file.
            """,
        RemedyKind.RegisterAutoencoder when remedy.Subject is { } name && !Path.IsPathRooted(name) && !File.Exists(name)
            => $"`latent ae add PATH --name {Quoted(name)}`, `latent ae remove {Quoted(name)}`.",
        RemedyKind.RegisterAutoencoder => $"`latent ae add {Quoted(remedy.Subject ?? "PATH")}`.",
        RemedyKind.ListAutoencoders =>
            "`latent ae add PATH`, `latent ae list`."
            + (remedy.Text.StartsWith('\n') ? "\nWithout --ae the embedded autoencoder is used, which needs no file." : ""),
        RemedyKind.GiveOption => $"--{(remedy.Subject ?? "").Replace('_', '-')}.",
        RemedyKind.EncodePicture => $"`latent encode {Quoted(remedy.Subject ?? "IMAGE")}`.",
        RemedyKind.DecodeLatent => $"`latent decode {Quoted(remedy.Subject ?? "LATENT")}`.",
        RemedyKind.MendLatent => $"`latent mend {Quoted(remedy.Subject ?? "LATENT")} -o NEW.safetensors`.",
        RemedyKind.LayOutLatent => $"`latent mend {Quoted(remedy.Subject ?? "LATENT")} -o NEW.safetensors --size WxH`.",
        RemedyKind.ScaleLatent => $"`latent mend {Quoted(remedy.Subject ?? "LATENT")} -o NEW.safetensors --unscaled`.",
        RemedyKind.MakeReport => $"`latent report {Quoted(remedy.Subject ?? "AE")} --images DIR -o DIR`.",
        RemedyKind.Recalibrate => $"`latent recalibrate {Quoted(remedy.Subject ?? "AE")} --images DIR -o FILE`.",
        RemedyKind.Finetune => $"`latent finetune {Quoted(remedy.Subject ?? "AE")} --images DIR -o FILE`.",
        RemedyKind.RegisterFolder => "`latent ae add-folder DIR`.",
        RemedyKind.PlanPicture => "`latent plan --size WxH`.",
        _ => null,
    };

    /// <summary>A word as a shell takes it: quoted where it has to be.</summary>
    internal static string Quoted(string word)
        => word.All(c => char.IsLetterOrDigit(c) || c is '.' or '/' or '\\' or '_' or '-' or ':' or '~' or '+' or '|') ? word
            : OperatingSystem.IsWindows() ? $"\"{word}\"" : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
