using System.CommandLine;
using LatentSharp.Service.Json;
using LatentSharp.Service.Mending;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent mend</c></summary>
internal sealed class MendCommand : LatentCommand
{
    private readonly InputsArgument latents = new("LATENT")
    {
        Description = "Latents of other programs: packed tokens, channels last, single frames, values without scale and shift. Files, folders, "
            + "patterns, @lists, - for standard input.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> output = new("--output", "-o")
    {
        Description = "The latent file, or a folder. By default NAME.latent.safetensors in the current folder.", HelpName = "FILE|DIR",
    };
    private readonly Option<string?> space = new("--space")
    {
        Description = "The space of files that name none, such as flux1, sd3, sd1 or sdxl. By default the values tell.", HelpName = "SPACE",
    };
    private readonly Option<bool> unscaled =
        new("--unscaled") { Description = "The values are as the autoencoder wrote them: apply the scale and shift of the space." };
    private readonly Option<PictureSize?> size = PictureSize.Optional("The size of the picture, which packed tokens do not tell.");
    private readonly Option<bool> recursive = InputOptions.Recursive(), lines = InputOptions.JsonLines();

    internal MendCommand() : base("mend", "Write latents of other programs so that they say what they are.",
        "latent mend packed.safetensors -o photo.latent.safetensors --size 1024x768",
        "latent mend z.safetensors -o photo.latent.safetensors --space flux1 --unscaled", "latent mend others/ -o latents/")
    {
        foreach (Symbol symbol in (Symbol[])[latents, output, space, unscaled, size, recursive, lines]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        var printed = new BatchOutput<MendedLatent>(output, ServiceJson.Lines.MendedLatent, Print);
        MendResult result = MendLatents.Run(new MendRequest
        {
            Inputs = InputOptions.Selection(arguments, latents, recursive),
            Output = arguments.GetValue(this.output),
            Space = arguments.GetValue(space),
            Unscaled = arguments.GetValue(unscaled),
            Size = arguments.GetValue(size) is { } s ? new PixelSize(s.Width, s.Height) : null,
        }, printed, cancellationToken);
        printed.End(result, result with { Results = [] }, (ServiceJson.Lines.MendResult, ServiceJson.Readable.MendResult), null,
            (result.Failed, result.Batch, "written"));

        void Print(MendedLatent latent)
        {
            foreach (string note in latent.Notes) output.Note($"{latent.Input}: {note}");
            output.Line($"{latent.Input} -> {latent.Output}   {string.Join(" x ", latent.Latent)}, {latent.Space}"
                + (latent.Scaled ? ", scale and shift applied" : ""));
        }
    }
}
