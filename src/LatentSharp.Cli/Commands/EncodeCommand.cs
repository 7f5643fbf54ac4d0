using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Encoding;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent encode</c></summary>
internal sealed class EncodeCommand : LatentCommand
{
    private readonly InputsArgument images = new("IMAGE")
    {
        Description = "Pictures, folders, patterns (photos/**/*.png), @lists of names, - for standard input; or safetensors files with a tensor "
            + "`image` [N, 3, H, W] in [-1, 1].",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> output = new("--output", "-o")
    {
        Description = "The latent file, or a folder, in which the tree of the pictures is repeated. By default NAME.latent.safetensors "
            + "in the current folder.", HelpName = "FILE|DIR",
    };
    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<bool> keepWeights = SharedOptions.KeepWeights();
    private readonly Option<string> precision = SharedOptions.CardPrecision();
    private readonly Option<ulong?> sample = SharedOptions.Seed("--sample", "Draw from the posterior with this seed; by default its mean is taken.");
    private readonly Option<bool> posterior = new("--posterior") { Description = "Keep the posterior's log-variance in the file." };
    private readonly Option<string> type = SharedOptions.Choice("--dtype", "How the values are stored.", "f32",
        ElementTypeWords.Latents.Keys, ElementTypeWords.LatentsShown);
    private readonly TilingOptions tiling = new();
    private readonly Option<bool> recursive = InputOptions.Recursive(), again = InputOptions.Again(), lines = InputOptions.JsonLines();

    internal EncodeCommand() : base("encode", "Turn pictures into latents.",
        "latent encode photo.png", "latent encode photos/ -o latents/", "latent encode photo.png --ae ae.safetensors --sample 42 --posterior")
    {
        foreach (Symbol symbol in (Symbol[])[images, output, ae, memory, keepWeights, precision, sample, posterior, type, recursive, again,
            lines, .. tiling.All]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        var request = new EncodeRequest
        {
            Inputs = InputOptions.Selection(arguments, images, recursive),
            Output = arguments.GetValue(this.output),
            Autoencoder = arguments.GetValue(ae),
            Seed = arguments.GetValue(sample),
            KeepPosterior = arguments.GetValue(posterior),
            Type = ElementTypeWords.Latents[arguments.GetRequiredValue(type)],
            Again = arguments.GetValue(again),
            KeepResults = output.Json && !output.JsonLines,
            Tiling = tiling.Of(arguments),
            Compute = SharedOptions.Compute(arguments, memory, keepWeights, precision),
        };
        var printed = new BatchOutput<EncodedPicture>(output, ServiceJson.Lines.EncodedPicture, Print);
        EncodeResult result = EncodePictures.Run(Library(arguments), request, output.Progress("encode"), printed, cancellationToken);
        printed.End(result, result, (ServiceJson.Lines.EncodeResult, ServiceJson.Readable.EncodeResult),
            ("encoded with", result.Autoencoder), (result.Failed, result.Batch, "encoded"));

        void Print(EncodedPicture picture)
        {
            foreach (string note in picture.Notes) output.Note($"{picture.Input}: {note}");
            string how = picture.Status == Service.Batches.ItemStatus.Skipped ? "there already"
                : string.Create(CultureInfo.InvariantCulture, $"{picture.Seconds:0.0} s");
            output.Line($"{picture.Input} -> {picture.Output}   {string.Join(" x ", picture.Latent)}, {how}");
        }
    }
}
