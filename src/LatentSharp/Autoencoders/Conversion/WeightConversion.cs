using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Autoencoders.Conversion;

/// <summary>
/// Turns any weights into a safetensors file: takes the autoencoder out of a checkpoint, renames, changes element types. Streaming: a few
/// megabytes are in memory at a time.
/// </summary>
public static class WeightConversion
{
    // What a conversion adds to the metadata; the last is the entry that transformers and diffusers want to see.
    private const string SourceKey = "latentsharp.converted_from", DigestKey = "latentsharp.digest", PartKey = "latentsharp.part", FormatKey = "format";

    /// <summary>
    /// Converts <paramref name="source"/> and writes <paramref name="output"/>, which is complete or absent afterwards. The result is read
    /// back and its content compared with the source by digest.
    /// </summary>
    /// <param name="source">Any weights. Those of an unknown architecture are copied under their own names.</param>
    /// <param name="output">The safetensors file to write or replace; not the source itself.</param>
    /// <param name="options">What to change; null changes only the container.</param>
    /// <param name="progress">Told the fraction done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the conversion.</param>
    /// <exception cref="LatentSharpException">The source holds no autoencoder or not the half asked for, the names do not exist for it,
    /// values do not fit the type, or the file cannot be written.</exception>
    public static WeightConversionResult Convert(WeightSource source, string output, WeightConversionOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(output);
        options ??= new WeightConversionOptions();
        if (options.Type is { } wanted && !Narrowing.Supports(wanted))
            throw new ArgumentOutOfRangeException(nameof(options), wanted, "weights are written as F32, F16, BF16 or F8_E4M3");
        if (source is WeightFile opened && File.Exists(output)
            && System.IO.Path.GetFullPath(output) == System.IO.Path.GetFullPath(opened.Path))
            throw new LatentSharpException(ErrorKind.BadInput, output, "the result would replace the file it is made from.", "Give another output name.");
        CanonicalWeights canonical = CanonicalWeights.From(source);
        if (canonical.Kind == AutoencoderKind.Unknown && (options.Naming is not null || options.Part != AutoencoderPart.Vae))
            throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                "no autoencoder was found in this file, so that it cannot be renamed or taken apart.",
                Remedy.Inspect(source.Name, "Inspect it to see what it holds; without another layout and part its tensors are copied as they are."));

        TensorInfo[] kept = [.. canonical.Tensors.Values.Where(t => options.Part.Holds(t.Name))];
        if (options.Part != AutoencoderPart.Vae && !options.Part.IsIn(canonical.Tensors.Keys))
            throw new LatentSharpException(ErrorKind.BadInput, source.Name, $"this file holds no {options.Part.Word()}.");
        WeightNaming naming = options.Naming
            ?? (canonical.Layout.Contains("diffusers", StringComparison.Ordinal)
                && !canonical.Layout.Contains("mixed", StringComparison.Ordinal) ? WeightNaming.Diffusers : WeightNaming.Bfl);
        // What one picture needs of a video autoencoder is less than its file holds, and these kinds have no second set of names here:
        // their tensors stay as they are.
        bool asStored = canonical.Kind is AutoencoderKind.Wan or AutoencoderKind.HunyuanImage;
        if (asStored && (options.Naming is not null || options.Part != AutoencoderPart.Vae))
            throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                $"autoencoders with {canonical.Layout} names are converted whole and under the names they have.", "Leave layout and part out.");
        SafetensorsEntry[] entries = asStored
            ? [.. source.Tensors.Values.Select(t => Entry(source, t, t.Name, t.Shape, options))]
            : [.. kept.Select(t => (Tensor: t, As: Rename(canonical, t, naming, options.Part)))
                .Select(t => Entry(canonical, t.Tensor, t.As.Name, t.As.Shape, options))];

        DigestLevel level = options.Type is { } type ? DigestLevels.For(type) : DigestLevel.Exact;
        ContentDigest digest = ContentDigest.Compute(canonical, level, Share(progress, 0, 0.3), cancellationToken);
        string expected = digest.Of(options.Part)!;
        SafetensorsWriter.Write(output, entries, Metadata(source, canonical, options, level, expected), Share(progress, 0.3, 0.8),
            cancellationToken);
        Verify(output, level, expected, options.Part, Share(progress, 0.8, 1), cancellationToken);
        var keptNames = kept.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        if (asStored) return new WeightConversionResult(canonical.Layout, canonical.Prefix, entries.Length, [], digest);
        return new WeightConversionResult(canonical.Layout, canonical.Prefix, entries.Length,
            [.. canonical.Unused, .. canonical.Tensors.Keys.Where(n => !keptNames.Contains(n)).Select(n => canonical.Stored(n).Name)],
            digest);
    }

    private static SafetensorsEntry Entry(WeightSource source, TensorInfo tensor, string name, Shape shape, WeightConversionOptions options)
    {
        ElementType? type = options.Type == ElementType.F8_E4M3 && tensor.Shape.Rank < 2 ? null : options.Type;
        if (tensor.Type.IsGguf()) type ??= ElementType.F32;
        return type is null || !tensor.Type.IsFloat() ? SafetensorsEntry.Copy(source, tensor, name, shape)
            : SafetensorsEntry.Convert(source, tensor, name, shape, type.Value);
    }

    private static (string Name, Shape Shape) Rename(CanonicalWeights canonical, TensorInfo tensor, WeightNaming naming,
        AutoencoderPart part)
    {
        string name = tensor.Name;
        switch (canonical.Kind)
        {
            case AutoencoderKind.KL when naming == WeightNaming.Diffusers:
                Shape shape = KlNames.IsProjectionWeight(name) && tensor.Shape.Rank == 4 ? new Shape(tensor.Shape[0], tensor.Shape[1])
                    : tensor.Shape;
                return (KlNames.ToDiffusers(name, KlNames.Levels(canonical.Tensors.Keys, "decoder.up.")), shape);
            // The BFL file of FLUX.2, the only family with these statistics, has the quantisation convolutions inside its halves.
            case AutoencoderKind.KL when naming == WeightNaming.Bfl && canonical.Tensors.ContainsKey("bn.running_mean"):
                return (name.StartsWith("quant_conv.", StringComparison.Ordinal) ? "encoder." + name
                    : name.StartsWith("post_quant_conv.", StringComparison.Ordinal) ? "decoder." + name : name, tensor.Shape);
            case AutoencoderKind.Tiny when naming == WeightNaming.Diffusers:
                return (TinyNames.ToDiffusers(name), tensor.Shape);
            case AutoencoderKind.Tiny:
                bool oneHalf = part != AutoencoderPart.Vae || !AutoencoderParts.Halves.All(half => half.IsIn(canonical.Tensors.Keys));
                return (oneHalf ? name[8..] : "taesd_" + name, tensor.Shape);
            case AutoencoderKind.DeepCompression when naming != WeightNaming.Diffusers:
                throw new LatentSharpException(ErrorKind.BadInput, canonical.Name, "DC-AE is written with diffusers names only.",
                    new Remedy(RemedyKind.GiveOption, "Ask for diffusers names.", "layout"));
            default:
                return (name, tensor.Shape);
        }
    }

    private static Dictionary<string, string> Metadata(WeightSource source, CanonicalWeights canonical, WeightConversionOptions options,
        DigestLevel level, string digest)
    {
        var metadata = new Dictionary<string, string>(source.Metadata, StringComparer.Ordinal);
        foreach ((string key, string value) in options.Metadata) metadata[key] = value;
        metadata.TryAdd(FormatKey, "pt");
        // The file's name without its folder, which would tell about the machine.
        string name = source is WeightFile file ? $"{System.IO.Path.GetFileName(file.Path)} ({file.Format}, {canonical.Layout})"
            : canonical.Layout;
        metadata[SourceKey] = name;
        metadata[DigestKey] = $"{level.Name()}:{digest}";
        if (options.Part == AutoencoderPart.Vae) metadata.Remove(PartKey);
        else metadata[PartKey] = options.Part.Word();
        return metadata;
    }

    private static void Verify(string output, DigestLevel level, string expected, AutoencoderPart part, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        string found;
        try
        {
            using SafetensorsFile written = SafetensorsFile.Open(output);
            found = ContentDigest.Compute(written, level, progress, cancellationToken).Of(part)!;
        }
        catch (OperationCanceledException)
        {
            File.Delete(output);        // nobody has seen that it is right
            throw;
        }
        if (found == expected) return;
        File.Delete(output);
        throw new LatentSharpException(ErrorKind.Mismatch, output,
            "the converted file does not have the content of its source: its digest differs. It has been removed.",
            "The disk or the memory of this machine may be faulty; convert again.");
    }

    private static IProgress<double>? Share(IProgress<double>? progress, double from, double to)
        => progress is null ? null : new Portion(progress, from, to);

    private sealed class Portion(IProgress<double> whole, double from, double to) : IProgress<double>
    {
        public void Report(double value) => whole.Report(from + (to - from) * value);
    }
}
