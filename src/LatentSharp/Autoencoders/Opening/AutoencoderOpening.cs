using LatentSharp.Autoencoders.Families;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Autoencoders.Opening;

/// <summary>From a path to an open autoencoder: the container, the second file of a pair, the network, the family.</summary>
internal static class AutoencoderOpening
{
    public static OpenedAutoencoder Open(string path, AutoencoderOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = new List<WeightFile>();
        try
        {
            files.Add(WeightFiles.Open(path));
            CanonicalWeights weights = CanonicalWeights.From(files[0]);
            string? other = options.OtherHalf ?? OtherHalf.Find(path, weights);
            if (other is not null)
            {
                files.Add(WeightFiles.Open(other));
                weights = CanonicalWeights.From(files[0], files[1]);
            }
            string name = options.Name ?? (other is null ? WeightFileName.NameOf(path) : OtherHalf.NameOfPair(path));
            return Make(weights, name, path, AutoencoderConfig.Of(weights, path), options, files, other);
        }
        catch
        {
            foreach (WeightFile file in files) file.Dispose();
            throw;
        }
    }

    public static OpenedAutoencoder From(WeightSource source, AutoencoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (options.OtherHalf is not null) throw new ArgumentException("the other half is a file of its own; join the weights of both, or open them by path", nameof(options));
        CanonicalWeights weights = CanonicalWeights.From(source);
        return Make(weights, options.Name ?? source.Name, null, AutoencoderConfig.Of(weights, null), options, [], null);
    }

    private static OpenedAutoencoder Make(CanonicalWeights weights, string name, string? path, AutoencoderConfig? config, AutoencoderOptions options, IReadOnlyList<IDisposable> owned, string? other)
    {
        string where = path ?? weights.Name;
        UnopenedArchitecture.Refuse(weights, where);
        AutoencoderHalves network = NetworkOf(weights, where, config);
        FamilyDetection detection = FamilyDetection.Of(weights, network, path ?? name, config, options.Family);
        Validate(network, where);
        return new OpenedAutoencoder(name, path, detection.Family, detection.Space, network, weights)
        {
            Owned = owned,
            Notes = Notes(weights, detection, other),
            Evidence = detection.Evidence,
            LookAlikes = detection.LookAlikes,
        };
    }

    /// <summary>The networks that the tensors make.</summary>
    /// <exception cref="LatentSharpException">They make none that is known.</exception>
    internal static AutoencoderHalves NetworkOf(CanonicalWeights weights, string path, AutoencoderConfig? config) => weights.Kind switch
    {
        AutoencoderKind.KL => new KLHalves(weights),
        AutoencoderKind.Tiny when TinyVideoHalves.Recognises(weights) => new TinyVideoHalves(weights),
        AutoencoderKind.Tiny => new TinyHalves(weights),
        AutoencoderKind.DeepCompression => new DeepCompressionHalves(weights, config?.AttentionHeadChannels),
        AutoencoderKind.Wan => new WanHalves(weights),
        AutoencoderKind.HunyuanImage => new HunyuanImageHalves(weights),
        _ => throw new LatentSharpException(ErrorKind.BadInput, path, $"no autoencoder that is known was found among its {weights.Unused.Count + weights.Tensors.Count} tensors{First(weights)}.", Remedy.Inspect(path)),
    };

    private static string First(CanonicalWeights weights)
    {
        string[] groups = [.. TensorNames.Summarize(weights.Unused.Concat(weights.Tensors.Keys)).Take(4)];
        return groups.Length == 0 ? "" : $" ({string.Join("; ", groups)})";
    }

    // Building both graphs once takes every tensor, so that a file that lacks one, or has one of another shape, is refused when it is opened.
    private static void Validate(AutoencoderHalves network, string path)
    {
        try
        {
            NetworkGraph? encoder = network.CanEncode ? network.Encoder(8 * network.Factor, 8 * network.Factor) : null;
            if (network.CanDecode) network.Decoder(8, 8);
            int written = (encoder?.Outputs[0].Shape.Channels ?? 0) / (network.HasPosterior ? 2 : 1);
            if (encoder is not null && (written != network.Channels || encoder.Outputs[0].Shape.Height != 8))
                throw new LatentSharpException(ErrorKind.BadInput, path, $"encoder and decoder do not belong together: one writes {written} channels at 1/{8 * network.Factor / Math.Max(1, encoder.Outputs[0].Shape.Height)} of the size, the other reads {network.Channels} at 1/{network.Factor}.");
        }
        catch (ArgumentException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the tensors do not make a network: {e.Message}.", Remedy.OtherArchitecture(path), e);
        }
    }

    private static List<string> Notes(CanonicalWeights weights, FamilyDetection detection, string? other)
    {
        var notes = new List<string> { $"{detection.Family.Title}: {detection.Evidence[0].Text}" };
        notes.AddRange(detection.Evidence.Where(e => e.Family != detection.Family).Select(e => $"but {e.Text}, which speaks for {e.Family.Title}"));
        if (detection.Family == AutoencoderFamily.Flux2 && !weights.Tensors.ContainsKey("bn.running_mean"))
            notes.Add("the statistics of its latents (bn.running_mean, bn.running_var) are missing; published figures rounded to four decimals stand in");
        if (detection.Evidence[0].Source == EvidenceSource.Assumption) notes.Add("a check against a latent or a model can tell, by the latents that it makes");
        if (detection.OwnConstants is { } own) notes.Add(own);
        if (other is not null) notes.Add($"the other half was read from {Path.GetFileName(other)}");
        if (weights.Unused.Count > 0) notes.Add($"{weights.Unused.Count} tensors are not part of the autoencoder and were left out: {string.Join("; ", TensorNames.Summarize(weights.Unused).Take(6))}");
        return notes;
    }
}
