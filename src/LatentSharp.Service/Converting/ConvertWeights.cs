using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Autoencoders.Opening;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Inspecting;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Converting;

/// <summary>Turns weights into a safetensors file: out of a checkpoint, under other names, in another number format.</summary>
public static class ConvertWeights
{
    private const string Extension = ".safetensors";

    // The share of the time that the search for values which are no numbers takes: a reading of three and a writing.
    private const double Searched = 0.2;

    /// <summary>Converts. The result is read back and its content compared with the source.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon; nothing is written.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, the weights cannot be read, or the result cannot be
    /// written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ConvertResult Run(AutoencoderLibrary library, ConvertRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        string to = OutputOf(request);
        LibraryEntry entry = library.Find(request.Input);
        if (entry.Path is not { } from)
            throw new LatentSharpException(ErrorKind.Usage, entry.Name, "this autoencoder has no file of its own to convert.", "Name a file.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(to))!;
        bool configured = request.Naming == WeightNaming.Diffusers && Path.GetFileName(to) == DiffusersConfig.WeightsName;
        byte[]? configuration = configured ? Configuration(from, request) : null;
        if (configured) OutputFiles.MakeFolder(folder);
        OutputFiles.Require(to, from);
        using WeightFile source = WeightFiles.OpenToConvert(from);
        CanonicalWeights weights = CanonicalWeights.From(source);
        // A name in the library means the pair, a path the file.
        string? beside = OtherHalf.Find(from, weights);
        bool pair = beside is not null && (request.Part == AutoencoderPart.Vae || entry.Source != LibrarySource.Path);
        using WeightFile? second = pair ? WeightFiles.OpenToConvert(beside!) : null;
        if (second is not null) weights = CanonicalWeights.From(source, second);
        string? half = OneHalf(weights);
        if (second is null && request.Part == AutoencoderPart.Vae && half is not null)
            throw new LatentSharpException(ErrorKind.BadInput, from, $"it holds the {half} only, and the other half does not lie beside it.",
                new Remedy(RemedyKind.GiveOption,
                    "Put both files of the pair into one folder under names that differ in `encoder` and `decoder`, or convert this half by asking for no part",
                    "part"));
        var options = new WeightConversionOptions
        {
            Naming = request.Naming, Type = request.Type,
            Part = request.Part ?? AutoencoderPart.Vae, Metadata = Known(from, request.Family)
        };
        WeightSource all = second is null ? source : weights;
        string name = Path.GetFileName(from);
        IReadOnlyList<NonFiniteTensor> broken = NonFiniteWeights.Find(all, PartOfJob.Of(progress, 0, Searched, name), cancellationToken);
        if (request.Type is ElementType.F8_E4M3 && broken.FirstOrDefault(t => t.Infinite > 0) is { } infinite)
            throw new LatentSharpException(ErrorKind.BadInput, from, $"the tensor {infinite}, and this 8-bit format holds none that are infinite.",
                "Such weights give no picture: fetch the file again, or choose another number format.");
        WeightConversionResult result = WeightConversion.Convert(all, to, options,
            PartOfJob.Of(progress, Searched, 1 - Searched, name), cancellationToken);
        List<string> notes = [.. BrokenWeights.Said(broken)];
        // Written last: without it the folder is none.
        string? config = configuration is null ? null : Path.Combine(folder, ConfiguredWeights.ConfigKey);
        if (config is not null) AtomicFile.Write(config, stream => stream.Write(configuration));
        if (config is not null) notes.Add($"its configuration was written beside it: {config}");
        if (second is null && request.Part is null && half is not null)
            notes.Add($"only the {half} is in {name}, so only the {half} was written" + (beside is null ? ""
                : $"; {Path.GetFileName(beside)} can be put into the same file by asking for the whole (part vae)"));
        return new ConvertResult(from, second is null ? null : beside, to, new FileInfo(to).Length, source.Format, result.Layout,
            result.Prefix, result.Tensors, result.LeftOut, result.Digest.ToString(), notes);
    }

    // With diffusers' names a folder may be asked for.
    private static string OutputOf(ConvertRequest request)
    {
        if (Path.GetExtension(request.Output).Equals(Extension, StringComparison.OrdinalIgnoreCase)) return request.Output;
        if (request.Naming == WeightNaming.Diffusers && !File.Exists(request.Output))
            return Path.Combine(request.Output, DiffusersConfig.WeightsName);
        throw new LatentSharpException(ErrorKind.Usage, request.Output,
            $"the result is a safetensors file, whose name has to end in {Extension}, or with diffusers names a folder.");
    }

    // Made before anything is written.
    private static byte[] Configuration(string from, ConvertRequest request)
    {
        if (request.Part is not null and not AutoencoderPart.Vae)
            throw new LatentSharpException(ErrorKind.Usage, request.Output, "a folder of diffusers holds a whole autoencoder.",
                new Remedy(RemedyKind.GiveOption, "Leave out the part, or write a file of another name", "part"));
        using Autoencoder autoencoder = Autoencoder.Open(from,
            new AutoencoderOptions { Family = request.Family is null ? null : AutoencoderFamily.Find(request.Family) });
        return DiffusersConfig.Of(autoencoder);
    }

    private static string? OneHalf(CanonicalWeights weights)
        => (AutoencoderPart.Encoder.IsIn(weights.Tensors.Keys),
            AutoencoderPart.Decoder.IsIn(weights.Tensors.Keys)) switch
        {
            (true, false) => "encoder",
            (false, true) => "decoder",
            _ => null
        };

    // What is known about the family is written down, since the checkpoint, configuration or name that told it stays behind. Weights that
    // are no autoencoder have none.
    private static IReadOnlyDictionary<string, string> Known(string path, string? family)
    {
        try
        {
            using Autoencoder autoencoder =
                Autoencoder.Open(path, new AutoencoderOptions { Family = family is null ? null : AutoencoderFamily.Find(family) });
            return autoencoder.IdentifyingMetadata;
        }
        catch (LatentSharpException) when (family is null)
        {
            return new Dictionary<string, string>();
        }
    }
}
