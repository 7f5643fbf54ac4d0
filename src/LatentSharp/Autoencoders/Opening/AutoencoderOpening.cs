using LatentSharp.Autoencoders.Families;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Networks;
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
            OpenedAutoencoder opened = Whole(files, CanonicalWeights.From(files[0]), path, options);
            UnfinishedDownload.Refuse((CanonicalWeights)opened.Weights, path);
            return opened with { Notes = [.. opened.Notes, .. files.SelectMany(FileNotes)] };
        }
        catch
        {
            foreach (WeightFile file in files) file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// What the autoencoder in a file is, told without reading more than a sample of its values; null where none is. Only the facts stay
    /// good: its weights are those of files that others close.
    /// </summary>
    /// <param name="file">The file, which stays open.</param>
    /// <exception cref="LatentSharpException">There is one that is incomplete or not opened here.</exception>
    public static OpenedAutoencoder? Recognise(WeightFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        CanonicalWeights weights = CanonicalWeights.From(file);
        UnopenedArchitecture.Refuse(weights, file.Path);
        if (weights.Kind == AutoencoderKind.Unknown) return null;
        List<WeightFile> files = [file];
        try
        {
            return Whole(files, weights, file.Path, new AutoencoderOptions());
        }
        finally
        {
            foreach (WeightFile other in files.Skip(1)) other.Dispose();
        }
    }

    // A file, and the one with the other half where there is one.
    private static OpenedAutoencoder Whole(List<WeightFile> files, CanonicalWeights weights, string path, AutoencoderOptions options)
    {
        string? other = options.OtherHalf ?? OtherHalf.Find(path, weights);
        if (other is not null)
        {
            files.Add(WeightFiles.Open(other));
            weights = CanonicalWeights.From(files[0], files[1]);
        }
        string name = options.Name ?? (other is null ? WeightFileName.NameOf(path) : OtherHalf.NameOfPair(path));
        return Make(weights, name, path, AutoencoderConfig.Of(weights, path), options, files, other);
    }

    private static IEnumerable<string> FileNotes(WeightFile file)
    {
        WeightFile inner = file is ConfiguredWeights configured ? configured.Inner : file;
        if (inner is TorchFile { SetAside: { Count: > 0 } aside })
            yield return $"beside these weights the checkpoint has {string.Join(", ", aside.Take(6).Select(TensorNames.Printable))}, set aside";
    }

    /// <summary>As <see cref="From"/>, from a file that is closed with the autoencoder, or now if it holds none.</summary>
    public static OpenedAutoencoder Own(WeightFile file, AutoencoderOptions options)
    {
        try
        {
            return From(file, options, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static OpenedAutoencoder From(WeightSource source, AutoencoderOptions options, params IReadOnlyList<IDisposable> owned)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (options.OtherHalf is not null)
            throw new ArgumentException("the other half is a file of its own; join the weights of both, or open them by path", nameof(options));
        CanonicalWeights weights = CanonicalWeights.From(source);
        return Make(weights, options.Name ?? source.Name, null, AutoencoderConfig.Of(weights, null), options, owned, null);
    }

    private static OpenedAutoencoder Make(CanonicalWeights weights, string name, string? path, AutoencoderConfig? config,
        AutoencoderOptions options, IReadOnlyList<IDisposable> owned, string? other)
    {
        string where = path ?? weights.Name;
        UnopenedArchitecture.Refuse(weights, where);
        AutoencoderHalves network = Named(weights, where, () => NetworkOf(weights, where, config));
        List<string> notes = [], warnings = [];
        if (config?.Contradiction(network) is { } contradiction)
        {
            warnings.Add($"{Path.GetFileName(config.Path)} beside it is not its configuration and was ignored: {contradiction}");
            config = null;
        }
        if (config is { Unknown.Length: > 0 })
            warnings.Add($"{Path.GetFileName(config.Path)} has fields that are not known here: "
                + $"{string.Join(", ", config.Unknown.Select(TensorNames.Printable))}");
        if (weights.Scaled > 0) notes.Add($"{weights.Scaled} tensors beside the weights describe 8-bit floats; their scales were applied");
        FamilyDetection detection = FamilyDetection.Of(weights, network, path ?? name, config, options.Family);
        HashSet<string> taken = Named(weights, where, () => Validate(network, where));
        string[] ignored =
            [.. weights.Tensors.Keys.Where(
                n => !taken.Contains(n) && !n.StartsWith("bn.", StringComparison.Ordinal)
                && !n.EndsWith(".num_batches_tracked", StringComparison.Ordinal) && !n.Contains(".time_conv.", StringComparison.Ordinal))];
        if (ignored.Length > 0)
            warnings.Add($"{ignored.Length} tensors of the autoencoder are not used by the network that is computed: "
                + $"{string.Join("; ", TensorNames.Summarize(ignored).Take(6))}");
        return new OpenedAutoencoder(name, path, detection.Family, detection.Space, network, weights)
        {
            SampleSize = config?.SampleSize,
            Owned = owned,
            Notes = [.. Notes(weights, detection, other), .. notes, .. warnings],
            Warnings = warnings,
            Evidence = detection.Evidence,
            LookAlikes = detection.LookAlikes,
        };
    }

    // What is incomplete is named nevertheless.
    private static T Named<T>(CanonicalWeights weights, string where, Func<T> open)
    {
        string? kind = weights.Kind switch
        {
            AutoencoderKind.Wan => "Wan or Qwen-Image",
            AutoencoderKind.HunyuanImage => "HunyuanImage 2.1",
            AutoencoderKind.DeepCompression => "Sana (DC-AE)",
            _ => null
        };
        if (kind is null) return open();
        try
        {
            return open();
        }
        catch (LatentSharpException e) when (e.Kind == ErrorKind.BadInput)
        {
            throw new LatentSharpException(e.Kind, where, $"by its names this is the autoencoder of {kind}; {e.What}", e.Remedy, e);
        }
    }

    /// <summary>The networks that the tensors make.</summary>
    /// <exception cref="LatentSharpException">They make none that is known.</exception>
    internal static AutoencoderHalves NetworkOf(CanonicalWeights weights, string path, AutoencoderConfig? config) => weights.Kind switch
    {
        AutoencoderKind.KL => new KLHalves(weights),
        AutoencoderKind.Tiny when TinySanaHalves.Recognises(weights) => new TinySanaHalves(weights),
        AutoencoderKind.Tiny when TinyVideoHalves.Recognises(weights) => new TinyVideoHalves(weights),
        AutoencoderKind.Tiny => new TinyHalves(weights),
        AutoencoderKind.DeepCompression => new DeepCompressionHalves(weights, config?.AttentionHeadChannels),
        AutoencoderKind.Wan => new WanHalves(weights),
        AutoencoderKind.HunyuanImage => new HunyuanImageHalves(weights),
        _ => throw new LatentSharpException(ErrorKind.BadInput, path,
            $"no autoencoder that is known was found among its {weights.Unused.Count + weights.Tensors.Count} tensors{First(weights)}.", Remedy.Inspect(path)),
    };

    private static string First(CanonicalWeights weights)
    {
        string[] names = [.. weights.Unused, .. weights.Tensors.Keys];
        if (NetworkRecognition.Of(names) is [var found, ..])
            return $"; what it holds is {found.Title}{(found.Role == NetworkRole.DiffusionModel ? " without its autoencoder" : "")}";
        string[] groups = [.. TensorNames.Summarize(names).Take(4)];
        return groups.Length == 0 ? "" : $" ({string.Join("; ", groups)})";
    }

    // Building both graphs once takes every tensor, so that a file that lacks one, or has one of another shape, is refused when it is
    // opened.
    private static HashSet<string> Validate(AutoencoderHalves network, string path)
    {
        try
        {
            NetworkGraph? encoder = network.CanEncode ? network.Encoder(8 * network.Factor, 8 * network.Factor) : null;
            NetworkGraph? decoder = network.CanDecode ? network.Decoder(8, 8) : null;
            int written = (encoder?.Outputs[0].Shape.Channels ?? 0) / (network.HasPosterior ? 2 : 1);
            if (encoder is not null && (written != network.Channels || encoder.Outputs[0].Shape.Height != 8))
                throw new LatentSharpException(ErrorKind.BadInput, path,
                    $"encoder and decoder do not belong together: one writes {written} channels at "
                        + $"1/{8 * network.Factor / Math.Max(1, encoder.Outputs[0].Shape.Height)} of the size, the other reads "
                        + $"{network.Channels} at 1/{network.Factor}.");
            return [.. (encoder?.Weights ?? []).Concat(decoder?.Weights ?? []).Select(w => w.Name)];
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
        if (weights.Unused.Count > 0)
            notes.Add($"{weights.Unused.Count} tensors are not part of the autoencoder and were left out: "
                + $"{string.Join("; ", TensorNames.Summarize(weights.Unused).Take(6))}");
        return notes;
    }
}
