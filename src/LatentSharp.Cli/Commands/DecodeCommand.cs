using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Decoding;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent decode</c></summary>
internal sealed class DecodeCommand : LatentCommand
{
    private readonly InputsArgument latents = new("LATENT")
    {
        Description = "Latent files, folders, patterns, @lists, - for standard input: LatentSharp's files, ComfyUI's .latent, safetensors with a "
            + "tensor `latent` [N, C, h, w], caches of kohya's sd-scripts (.npz), musubi-tuner and ai-toolkit, single arrays (.npy, .pt).",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> output = new("--output", "-o")
    {
        Description = "A picture (.png .jpg .webp .tiff .avif), a raw image (.safetensors), or a folder, in which the tree of the latents is repeated. "
            + "By default NAME.decoded.png in the current folder.",
        HelpName = "FILE|DIR",
    };
    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<bool> keepWeights = SharedOptions.KeepWeights();
    private readonly Option<string> precision = SharedOptions.CardPrecision();
    private readonly Option<int> bits =
        SharedOptions.WholeNumber(
            new("--bits") { Description = "Bits for each channel of a PNG or TIFF: 8 or 16.", HelpName = "N", DefaultValueFactory = _ => 8 }, 64);
    private readonly Option<bool> ignoreSpace =
        new("--ignore-space") { Description = "Decode even a latent of another latent space. The colours will be wrong." };
    private readonly TilingOptions tiling = new();
    private readonly Option<bool> recursive = InputOptions.Recursive(), again = InputOptions.Again(), lines = InputOptions.JsonLines();

    internal DecodeCommand() : base("decode", "Turn latents into pictures.",
        "latent decode photo.latent.safetensors", "latent decode photo.latent.safetensors -o photo.webp",
        "latent decode latents/ --ae ae.safetensors -o pictures/")
    {
        Symbol[] all = [latents, output, ae, memory, keepWeights, precision, bits, ignoreSpace, recursive, again, lines, .. tiling.All];
        foreach (Symbol symbol in all) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        var request = new DecodeRequest
        {
            Inputs = InputOptions.Selection(arguments, latents, recursive),
            Output = arguments.GetValue(this.output),
            Autoencoder = arguments.GetValue(ae),
            Bits = arguments.GetValue(bits),
            IgnoreSpace = arguments.GetValue(ignoreSpace),
            Again = arguments.GetValue(again),
            KeepResults = output.Json && !output.JsonLines,
            Tiling = tiling.Of(arguments),
            Compute = SharedOptions.Compute(arguments, memory, keepWeights, precision),
        };
        var printed = new BatchOutput<DecodedLatent>(output, ServiceJson.Lines.DecodedLatent, Print);
        DecodeResult result = DecodeLatents.Run(Library(arguments), request, output.Progress("decode"), printed, cancellationToken);
        printed.End(result, result, (ServiceJson.Lines.DecodeResult, ServiceJson.Readable.DecodeResult),
            ("decoded with", result.Autoencoder), (result.Failed, result.Batch, "decoded"));

        void Print(DecodedLatent latent)
        {
            foreach (string note in latent.Notes) output.Note($"{latent.Input}: {note}");
            if (TypedRemedy.Text(latent.Remedy) is { } remedy) output.Note(remedy);
            string how = latent is { Status: ItemStatus.Done, Picture: { } size }
                ? string.Create(CultureInfo.InvariantCulture, $"{size.Width} x {size.Height}, {latent.Seconds:0.0} s") : "there already";
            foreach (string file in latent.Outputs) output.Line($"{latent.Input} -> {file}   {how}");
        }
    }
}
