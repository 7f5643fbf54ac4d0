using System.CommandLine;
using System.Globalization;
using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Opening;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent convert</c></summary>
internal sealed class ConvertCommand : LatentCommand
{
    private static readonly Dictionary<string, WeightNaming> layouts = new(StringComparer.OrdinalIgnoreCase) { ["bfl"] = WeightNaming.Bfl, ["diffusers"] = WeightNaming.Diffusers, ["ldm"] = WeightNaming.Ldm };
    private static readonly Dictionary<string, ElementType> types = new(StringComparer.OrdinalIgnoreCase) { ["f32"] = ElementType.F32, ["f16"] = ElementType.F16, ["bf16"] = ElementType.BF16, ["f8_e4m3"] = ElementType.F8_E4M3 };
    private static readonly Dictionary<string, AutoencoderPart> parts = new(StringComparer.OrdinalIgnoreCase) { ["vae"] = AutoencoderPart.Vae, ["encoder"] = AutoencoderPart.Encoder, ["decoder"] = AutoencoderPart.Decoder };

    private readonly Argument<string> input = new("IN") { Description = "Any weights: safetensors, .ckpt or .pt (nothing in it is run), GGUF, a diffusers folder, or a name that `latent ae list` shows." };
    private readonly Argument<string> output = new("OUT") { Description = "The safetensors file to write." };
    private readonly Option<string?> layout = Choice("--layout", "The names of the tensors; by default those of the source where they are usual, otherwise bfl.", layouts.Keys);
    private readonly Option<string?> type = Choice("--dtype", "How the numbers are stored; by default as in the source.", types.Keys);
    private readonly Option<string?> part = Choice("--part", "What is kept: the whole autoencoder (vae), or one half. By default all that is in IN; vae also puts a pair of files, NAME_encoder and NAME_decoder, into one.", parts.Keys);
    private readonly Option<string?> family = Choice("--family", "Write down that it is of this family, for a file that does not tell.", AutoencoderFamily.All.Where(f => f != AutoencoderFamily.Pixels).Select(f => f.Id).ToArray());

    internal ConvertCommand() : base("convert", "Turn weights into a safetensors file: out of a checkpoint, under other names, in another number format.",
        "latent convert old.vae.pt new.safetensors", "latent convert checkpoint.ckpt vae.safetensors --dtype f16", "latent convert taef1_encoder.safetensors taef1.safetensors --part vae", "latent convert ae.safetensors vae/diffusion_pytorch_model.safetensors --layout diffusers --dtype bf16")
    {
        Add(input);
        Add(output);
        Add(layout);
        Add(type);
        Add(part);
        Add(family);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string to = arguments.GetRequiredValue(output);
        if (!Path.GetExtension(to).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new LatentSharpException(ErrorKind.Usage, to, "the result is a safetensors file; its name has to end in .safetensors.");
        var library = CommandLine.Library();
        LibraryEntry entry = library.Find(arguments.GetRequiredValue(input));
        if (entry.Path is not { } from) throw new LatentSharpException(ErrorKind.Usage, entry.Name, "this autoencoder has no file of its own to convert.", "Name a file.");
        AutoencoderPart? asked = arguments.GetValue(part) is { } p ? parts[p] : null;
        using WeightFile source = WeightFiles.Open(from);
        CanonicalWeights weights = CanonicalWeights.From(source);
        // A name in the library means the pair, a path the file.
        string? beside = OtherHalf.Find(from, weights);
        bool pair = beside is not null && (asked == AutoencoderPart.Vae || entry.Source != LibrarySource.Path);
        using WeightFile? second = pair ? WeightFiles.Open(beside!) : null;
        if (second is not null) weights = CanonicalWeights.From(source, second);
        else if (asked == AutoencoderPart.Vae && OneHalf(weights) is { } only) throw new LatentSharpException(ErrorKind.BadInput, from, $"it holds the {only} only, and the other half does not lie beside it.", "Put both files of the pair into one folder under names that differ in `encoder` and `decoder`, or leave --part out to convert this half.");
        var options = new WeightConversionOptions
        {
            Naming = arguments.GetValue(layout) is { } l ? layouts[l] : null,
            Type = arguments.GetValue(type) is { } t ? types[t] : null,
            Part = asked ?? AutoencoderPart.Vae,
            Metadata = Known(from, arguments.GetValue(family)),
        };
        WeightConversionResult result = ProgressDisplay.Run(report, $"convert {Path.GetFileName(from)}", progress => WeightConversion.Convert(second is null ? source : weights, to, options, Fraction.Of(progress), cancellationToken));
        if (second is not null) report.Line($"both halves: {Path.GetFileName(from)} and {Path.GetFileName(beside)}");
        else if (asked is null && OneHalf(weights) is { } half) report.Note($"only the {half} is in {Path.GetFileName(from)}, so only the {half} was written.{(beside is null ? "" : $" To put {Path.GetFileName(beside)} into the same file, add --part vae.")}");
        long bytes = new FileInfo(to).Length;
        report.Line(string.Create(CultureInfo.InvariantCulture, $"{from} ({source.Format}, {result.Layout}) -> {to}   {result.Tensors} tensors, {bytes:N0} bytes"));
        if (result.Prefix.Length > 0) report.Line($"taken from under {result.Prefix}");
        if (result.LeftOut.Count > 0) report.Line($"left out: {string.Join("; ", TensorNames.Summarize(result.LeftOut).Take(4))}");
        report.Line($"same content, proved by digest {result.Digest}");
        report.Object(json =>
        {
            json.WriteString("input", from);
            json.WriteString("output", to);
            json.WriteNumber("bytes", bytes);
            json.WriteString("source_format", source.Format);
            json.WriteString("source_layout", result.Layout);
            json.WriteString("prefix", result.Prefix);
            json.WriteNumber("tensors", result.Tensors);
            JsonParts.Strings(json, "left_out", result.LeftOut);
            json.WriteString("digest", result.Digest.ToString());
        });
    }

    private static string? OneHalf(CanonicalWeights weights)
        => (AutoencoderPart.Encoder.IsIn(weights.Tensors.Keys), AutoencoderPart.Decoder.IsIn(weights.Tensors.Keys)) switch { (true, false) => "encoder", (false, true) => "decoder", _ => null };

    // What is known about the family is written down, since the checkpoint, configuration or name that told it stays behind. Weights that are no autoencoder have none.
    private static IReadOnlyDictionary<string, string> Known(string path, string? family)
    {
        try
        {
            using Autoencoder autoencoder = Autoencoder.Open(path, new AutoencoderOptions { Family = family is null ? null : AutoencoderFamily.Find(family) });
            return AutoencoderMetadata.Of(autoencoder);
        }
        catch (LatentSharpException) when (family is null)
        {
            return new Dictionary<string, string>();
        }
    }

    private static Option<string?> Choice(string name, string description, IReadOnlyCollection<string> values)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', values) };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. values]);
        return option;
    }

    /// <summary>Passes a bare fraction on as a step of work.</summary>
    private sealed class Fraction(IProgress<StepProgress> to) : IProgress<double>
    {
        public static Fraction? Of(IProgress<StepProgress>? progress) => progress is null ? null : new Fraction(progress);

        public void Report(double value) => to.Report(new StepProgress(value, "convert"));
    }
}
