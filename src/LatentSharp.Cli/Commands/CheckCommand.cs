using System.CommandLine;
using LatentSharp.Autoencoders.Checks;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Cli.Files;
using LatentSharp.Latents;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent check</c></summary>
internal sealed class CheckCommand : LatentCommand
{
    private readonly Option<string?> ae = ChosenAutoencoder.Option();
    private readonly Option<string?> latents = new("--latents") { Description = "A latent file.", HelpName = "FILE" };
    private readonly Option<string?> model = new("--model") { Description = "A transformer or UNet: a checkpoint, or a name such as flux1-dev.", HelpName = "NAME|PATH" };
    private readonly Option<bool> noProbe = new("--no-probe") { Description = "Leave out decoding and encoding, which takes as long as that takes." };

    internal CheckCommand() : base("check", "Say whether an autoencoder, a latent and a diffusion model belong together, and what fits instead.",
        "latent check --ae ae.safetensors --model flux1-dev", "latent check --ae sdxl_vae.safetensors --latents photo.latent.safetensors", "latent check --latents photo.latent --model unet.safetensors")
    {
        Add(ae);
        Add(latents);
        Add(model);
        Add(noProbe);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        (string? a, string? l, string? m) = (arguments.GetValue(ae), arguments.GetValue(latents), arguments.GetValue(model));
        if (new[] { a, l, m }.Count(given => given is not null) != 2)
            throw new LatentSharpException(ErrorKind.Usage, "check", "two things are compared.", "Give two of --ae, --latents and --model.");

        using ChosenAutoencoder? chosen = a is null ? null : ChosenAutoencoder.Open(a, report);
        Latent? latent = null;
        if (l is not null)
        {
            LatentFileContent content = LatentInput.Load(InputFiles.Single(l, "*.safetensors"), null);
            foreach (string note in content.Notes) report.Note($"{l}: {note}");
            latent = content.Latent;
        }
        ModelHint? diffusion = m is null ? null : ChosenModel.Of(m);
        if (diffusion is not null) report.Line(diffusion.Reason);

        CompatibilityReport result = (chosen, latent, diffusion) switch
        {
            ({ } one, { } two, null) => ProgressDisplay.Run(report, "check", _ => Compatibility.Check(one.Autoencoder, two, !arguments.GetValue(noProbe), cancellationToken)),
            ({ } one, null, { } two) => ProgressDisplay.Run(report, "check", _ => Compatibility.Check(one.Autoencoder, two, !arguments.GetValue(noProbe), cancellationToken)),
            (_, { } one, { } two) => Compatibility.Check(one, two),
            _ => throw new InvalidOperationException("two of three were given"),
        };
        foreach (CompatibilityFinding finding in result.Findings) report.Line($"  {Word(finding.Verdict),-10}  {Word(finding.Aspect),-11}  {finding.Text}");
        report.Line(result.Verdict switch
        {
            CompatibilityVerdict.Fits => "They belong together.",
            CompatibilityVerdict.Unknown => result.Findings.Any(f => f is { Aspect: CompatibilityAspect.Identity, Verdict: CompatibilityVerdict.Fits }) ? "They belong together." : "Nothing speaks against it, but it cannot be told.",
            CompatibilityVerdict.Suspicious => "They may belong together; look at the picture.",
            _ => "They do not belong together.",
        });
        string[] commands = result is { IsCompatible: false, Needed: { } needed } ? [.. new FittingCommands().Lines(needed, a, l, m, latent is null ? null : Written(latent))] : [];
        if (result.Advice is { } advice) report.Line(advice);
        if (commands.Length > 0) report.Line("Type:");
        foreach (string command in commands) report.Line("  " + command);
        if (chosen is { Autoencoder: { Evidence: [{ Source: EvidenceSource.Assumption }, ..] } unnamed })
            foreach (CompatibilityFinding _ in result.Findings.Where(f => f is { Aspect: CompatibilityAspect.Identity, Verdict: CompatibilityVerdict.Fits }).Take(1))
                report.Note($"the file does not say what it is; `latent convert {a} NEW.safetensors --family {AutoencoderFamily.All.First(f => unnamed.LookAlikes.Contains(f) && f.Space == (latent?.Space ?? diffusion!.Space)).Id}` writes it down.");
        report.ExitCode = result.IsCompatible ? ExitCode.Done : ExitCode.Mismatch;
        report.Object(json =>
        {
            json.WriteBoolean("compatible", result.IsCompatible);
            json.WriteString("verdict", Word(result.Verdict));
            json.WriteStartArray("findings");
            foreach (CompatibilityFinding finding in result.Findings)
            {
                json.WriteStartObject();
                json.WriteString("aspect", Word(finding.Aspect));
                json.WriteString("verdict", Word(finding.Verdict));
                json.WriteString("text", finding.Text);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("advice", result.Advice);
            JsonParts.Strings(json, "commands", commands);
        });
    }

    // The space that the values speak for, where they do so clearly.
    private static LatentSpace Written(Latent latent) => SpaceIdentification.Of(latent) is { IsTrusted: true } verdict ? verdict.Best : latent.Space;

    private static string Word(Enum value) => value.ToString().ToLowerInvariant();
}
