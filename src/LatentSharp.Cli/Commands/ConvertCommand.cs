using System.CommandLine;
using System.Globalization;
using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Service.Converting;
using LatentSharp.Service.Json;
using LatentSharp.Weights;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent convert</c></summary>
internal sealed class ConvertCommand : LatentCommand
{
    private const int GroupsShown = 4;

    private static readonly Dictionary<string, WeightNaming> Layouts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bfl"] = WeightNaming.Bfl, ["diffusers"] = WeightNaming.Diffusers, ["ldm"] = WeightNaming.Ldm,
    };
    private static readonly Dictionary<string, AutoencoderPart> Parts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["vae"] = AutoencoderPart.Vae, ["encoder"] = AutoencoderPart.Encoder, ["decoder"] = AutoencoderPart.Decoder,
    };

    private readonly Argument<string> input =
        new("IN")
        {
            Description =
            "Any weights: safetensors, .ckpt or .pt (nothing in it is run), GGUF, a diffusers folder, or a name that `latent ae list` shows."
        };
    private readonly Argument<string> output = new("OUT") { Description = "The safetensors file to write, or with --layout diffusers a folder." };
    private readonly Option<string?> layout =
        Choice("--layout", "The names of the tensors; by default those of the source where they are usual, otherwise bfl.", Layouts.Keys);
    private readonly Option<string?> type = Choice("--dtype", "How the numbers are stored; by default as in the source.",
        ElementTypeWords.Weights.Keys, ElementTypeWords.WeightsShown);
    private readonly Option<string?> part =
        Choice("--part",
            "What is kept: the whole autoencoder (vae), or one half. By default all that is in IN; vae also puts a pair of files, NAME_encoder and "
                + "NAME_decoder, into one.", Parts.Keys);
    private readonly Option<string?> family = Choice("--family", "Write down that it is of this family, for a file that does not tell.",
        [.. AutoencoderFamily.All.Where(f => f != AutoencoderFamily.Pixels).Select(f => f.Id)]);

    internal ConvertCommand() : base("convert", "Turn weights into a safetensors file: out of a checkpoint, under other names, in another number format.",
        "latent convert old.vae.pt new.safetensors", "latent convert checkpoint.ckpt vae.safetensors --dtype f16",
        "latent convert taef1_encoder.safetensors taef1.safetensors --part vae",
        "latent convert ae.safetensors vae/ --layout diffusers --dtype bf16")
    {
        foreach (Symbol symbol in (Symbol[])[input, output, layout, type, part, family]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        ConvertResult result = ConvertWeights.Run(Library(arguments), new ConvertRequest
        {
            Input = arguments.GetRequiredValue(input),
            Output = arguments.GetRequiredValue(this.output),
            Naming = arguments.GetValue(layout) is { } l ? Layouts[l] : null,
            Type = arguments.GetValue(type) is { } t ? ElementTypeWords.Weights[t] : null,
            Part = arguments.GetValue(part) is { } p ? Parts[p] : null,
            Family = arguments.GetValue(family),
        }, output.Progress("convert"), cancellationToken);
        if (result.OtherHalf is { } other) output.Line($"both halves: {Path.GetFileName(result.Input)} and {Path.GetFileName(other)}");
        foreach (string note in result.Notes) output.Note(note.Replace("(part vae)", "(--part vae)", StringComparison.Ordinal));
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{result.Input} ({result.SourceFormat}, {result.SourceLayout}) -> {result.Output}   {result.Tensors} tensors, {result.Bytes:N0} bytes"));
        if (result.Prefix.Length > 0) output.Line($"taken from under {result.Prefix}");
        if (result.LeftOut.Count > 0)
            output.Line($"left out: {string.Join("; ", TensorNames.Summarize(result.LeftOut).Take(GroupsShown))}");
        output.Line($"same content, proved by digest {result.Digest}");
        output.Object(result, ServiceJson.Readable.ConvertResult);
    }

    private static Option<string?> Choice(string name, string description, IReadOnlyCollection<string> values, string? shown = null)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = shown ?? string.Join('|', values) };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. values]);
        return option;
    }
}
