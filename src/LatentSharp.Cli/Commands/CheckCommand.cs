using System.CommandLine;
using LatentSharp.Autoencoders.Checks;
using LatentSharp.Service.Checking;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent check</c></summary>
internal sealed class CheckCommand : LatentCommand
{
    private readonly Argument<string[]> things = new("THING")
    {
        Description = "Two of an autoencoder, a latent file and a diffusion model, in any order: files, or names such as flux1-dev. What they hold "
            + "tells which is which.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<string?> latents =
        new("--latents") { Description = "A latent file, or many: a folder, a pattern, an @list.", HelpName = "FILE|DIR" };
    private readonly Option<string?> model =
        new("--model") { Description = "A transformer or UNet: a checkpoint, or a name such as flux1-dev.", HelpName = "NAME|PATH" };
    private readonly Option<bool> noProbe = new("--no-probe") { Description = "Leave out decoding and encoding, which takes as long as that takes." };

    private readonly Option<string?> models = new("--models")
    {
        Description = "A folder of models, as ComfyUI, Forge, InvokeAI or diffusers have it: which autoencoder in it fits which checkpoint.",
        HelpName = "DIR",
    };
    private readonly Option<bool> deep =
        new("--deep") { Description = "With --models: look through the values of its autoencoders for NaN and infinity too." };

    private readonly Option<bool> lines = InputOptions.JsonLines();

    internal CheckCommand() : base("check", "Say whether an autoencoder, a latent and a diffusion model belong together, and what fits instead.",
        "latent check vae.safetensors model.safetensors", "latent check --ae ae.safetensors --model flux1-dev",
        "latent check --ae sdxl_vae.safetensors --latents photo.latent.safetensors",
        "latent check --latents photo.latent --model unet.safetensors", "latent check --models ~/ComfyUI/models",
        "latent check --ae ae.safetensors --latents latents/ --json-lines")
    {
        foreach (Symbol symbol in (Symbol[])[things, ae, latents, model, noProbe, models, deep, lines]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(models) is { } folder) Models(arguments, folder, output, cancellationToken);
        else if (CheckLatents.AreMany(arguments.GetValue(latents))) Many(arguments, output, cancellationToken);
        else Pair(arguments, output, cancellationToken);
    }

    private CheckRequest Request(ParseResult arguments) => new()
    {
        Autoencoder = arguments.GetValue(ae), Latents = arguments.GetValue(latents), Model = arguments.GetValue(model),
        Things = arguments.GetValue(things) ?? [],
        Probe = !arguments.GetValue(noProbe),
    };

    private void Many(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        var printed = new BatchOutput<CheckedLatent>(output, ServiceJson.Lines.CheckedLatent, Print);
        CheckLatentsResult result = CheckLatents.Run(Library(arguments), Request(arguments), output.Progress("check"), printed,
            cancellationToken);
        printed.End(result, result with { Results = [] },
            (ServiceJson.Lines.CheckLatentsResult, ServiceJson.Readable.CheckLatentsResult), null, (result.Failed, result.Batch, "checked"));
        if (output.ExitCode == ExitCode.Done && !result.Compatible) output.ExitCode = ExitCode.Mismatch;

        void Print(CheckedLatent latent)
        {
            CompatibilityFinding worst = latent.Found.Findings.MaxBy(f => f.Verdict)!;
            output.Line($"{latent.Input}   {Word(latent.Found.Verdict)}   {worst.Text}");
        }
    }

    private void Models(ParseResult arguments, string folder, Output output, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(things) is { Length: > 0 } || arguments.GetValue(ae) is not null || arguments.GetValue(latents) is not null
            || arguments.GetValue(model) is not null)
            throw new LatentSharpException(ErrorKind.Usage, "--models", "a folder is checked by itself.",
                "Leave out the folder to check two things, or the things to check the folder.");
        CheckModelsResult result = CheckModels.Run(Library(arguments),
            new CheckModelsRequest { Folder = folder, Deep = arguments.GetValue(deep) }, output.Progress("check"), cancellationToken);
        ShownModels.Print(result, output);
        output.ExitCode = result.Complete ? ExitCode.Done : ExitCode.Mismatch;
        output.Object(result, ServiceJson.Readable.CheckModelsResult);
    }

    private void Pair(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        CheckResult result = CheckPair.Run(Library(arguments), Request(arguments), cancellationToken);
        foreach (string note in result.Notes) output.Note($"{result.Latents}: {note}");
        if (result.ModelReason is { } reason) output.Line(reason);
        foreach (CompatibilityFinding finding in result.Findings)
            output.Line($"  {Word(finding.Verdict),-10}  {Word(finding.Aspect),-11}  {finding.Text}");
        output.Line(result.Verdict switch
        {
            CompatibilityVerdict.Fits => "They belong together.",
            CompatibilityVerdict.Unknown =>
                result.Findings.Any(f => f is { Aspect: CompatibilityAspect.Identity, Verdict: CompatibilityVerdict.Fits })
                ? "They belong together." : "Nothing speaks against it, but it cannot be told.",
            CompatibilityVerdict.Suspicious => "They may belong together; look at the picture.",
            _ => "They do not belong together.",
        });
        if (result.Advice is { } advice) output.Line(advice);
        if (result.Steps.Count > 0) output.Line("Type:");
        foreach (CheckStep step in result.Steps)
            foreach (string line in Typed(step)) output.Line("  " + line);
        if (result is { Unnamed: { } family, Autoencoder.Path: { } file })
            output.Note($"the file does not say what it is; `latent convert {TypedRemedy.Quoted(file)} NEW.safetensors --family {family}` writes it down.");
        output.ExitCode = result.Compatible ? ExitCode.Done : ExitCode.Mismatch;
        if (output.JsonLines) output.Raw(result, ServiceJson.Lines.CheckResult);
        else output.Object(result, ServiceJson.Readable.CheckResult);
    }

    private static IEnumerable<string> Typed(CheckStep step)
    {
        string input = TypedRemedy.Quoted(step.Input), with = TypedRemedy.Quoted(step.Autoencoder ?? "");
        return step.Kind switch
        {
            CheckStepKind.Check => [$"latent check --ae {with} --model {input}"],
            CheckStepKind.Decode => [$"latent decode {input} --ae {with}{(step.Output is { } o ? $" -o {TypedRemedy.Quoted(o)}" : "")}"],
            CheckStepKind.Encode => [$"latent encode {input} --ae {with}"],
            CheckStepKind.Mend => [$"latent mend {input} -o NEW.safetensors"],
            CheckStepKind.Scale => [$"latent mend {input} -o NEW.safetensors --unscaled"],
            _ => step.Place is { } place ? [$"# {step.Input}: {place}", $"latent ae add PATH/{input}"]
                : [$"latent ae add PATH/{(input.Length == 0 ? "FILE" : input)}"],
        };
    }

    private static string Word(Enum value) => value.ToString().ToLowerInvariant();
}
