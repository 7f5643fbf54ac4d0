using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Datasets;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Datasets;

/// <summary>How a data set is to be made. What is not said is as it is in the data set, or as the trainer has it.</summary>
public sealed record DatasetChoice
{
    /// <summary>The autoencoder by name or path; null for the data set's, or the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>Which trainer reads it, one of <see cref="Formats"/>; <c>safetensors</c> are LatentSharp's own files.</summary>
    public string? Format { get; init; }

    /// <summary>What the trainer calls the model, where several have one latent space.</summary>
    public string? Architecture { get; init; }

    /// <summary>The rule of the buckets: <c>kohya</c>, <c>ai-toolkit</c>, <c>musubi</c>, <c>fixed</c>, <c>none</c>.</summary>
    public string? Buckets { get; init; }

    /// <summary>The resolution of the rule.</summary>
    public PixelSize? Resolution { get; init; }

    /// <summary>The shortest side of a bucket.</summary>
    public int? MinimumBucket { get; init; }

    /// <summary>The longest side of a bucket.</summary>
    public int? MaximumBucket { get; init; }

    /// <summary>Sides of buckets are multiples of it.</summary>
    public int? BucketStep { get; init; }

    /// <summary>Whether small pictures keep their size.</summary>
    public bool? NoUpscale { get; init; }

    /// <summary>How values are stored.</summary>
    public ElementType? Type { get; init; }

    /// <summary>The seed to draw from the posterior with; null for its mean.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether mirrored pictures are encoded too.</summary>
    public bool? Mirror { get; init; }

    /// <summary>Whether the log-variance is kept.</summary>
    public bool? KeepPosterior { get; init; }

    /// <summary>The words for formats.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. TrainerFormat.All.Select(f => f.Id)];

    /// <summary>The words for rules.</summary>
    public static IReadOnlyList<string> BucketRules => BucketSettings.Names;

    /// <summary>The settings that this comes to for an autoencoder.</summary>
    /// <param name="there">Those of the data set; null for a new one.</param>
    /// <param name="opened">The autoencoder.</param>
    /// <param name="cancellationToken">Stops the reading of its weights.</param>
    /// <exception cref="LatentSharpException">The choices contradict each other.</exception>
    internal DatasetSettings Settings(DatasetSettings? there, OpenedAutoencoder opened, CancellationToken cancellationToken)
    {
        Autoencoder autoencoder = opened.Autoencoder;
        TrainerFormat format = TrainerFormat.Of(Known(Format ?? there?.Format ?? "safetensors", Formats, "format"));
        if (there?.Format != format.Id) there = null;      // what belongs to another format says nothing
        string architecture = format.ArchitectureOf(autoencoder.Space, Architecture ?? there?.Architecture);
        ElementType type = Type ?? there?.Type ?? format.UsualType;
        bool keep = KeepPosterior ?? there?.KeepPosterior ?? false;
        if (!format.Types.Contains(type))
            throw new LatentSharpException(ErrorKind.Usage, type.Name(), $"{format.Id} stores {string.Join(", ", format.Types.Select(t => t.Name()))}.",
                new Remedy(RemedyKind.GiveOption, "Choose one of these.", "dtype"));
        if (keep && !format.KeepsPosterior)
            throw new LatentSharpException(ErrorKind.Usage, format.Id, "this trainer reads no log-variance.",
                new Remedy(RemedyKind.GiveOption, "Leave it out, or choose the format safetensors.", "posterior"));
        if ((Mirror ?? there?.Mirror ?? false) && !format.TakesMirrored)
            throw new LatentSharpException(ErrorKind.Usage, format.Id, "this trainer reads no mirrored pictures.",
                new Remedy(RemedyKind.GiveOption, "Leave it out.", "flip"));
        var settings = new DatasetSettings
        {
            Format = format.Id, Architecture = architecture, Type = type, Seed = Seed ?? there?.Seed,
            Mirror = Mirror ?? there?.Mirror ?? false, KeepPosterior = keep, Buckets = RuleFor(format, there?.Buckets),
            Autoencoder = DigestOf(autoencoder, cancellationToken), AutoencoderName = opened.Facts.Path ?? opened.Facts.Name,
            Space = autoencoder.Space.Id,
        };
        BucketRule rule = settings.Rule;
        if (rule is WholePicture ? !format.TakesWholePictures : rule.Step % autoencoder.Space.Factor != 0)
            throw new LatentSharpException(ErrorKind.Usage, rule.Text, rule is WholePicture ? $"{format.Id} reads latents of buckets only."
                : $"sides of buckets have to be multiples of {autoencoder.Space.Factor}, as the autoencoder divides them.",
                new Remedy(RemedyKind.GiveOption, "Choose another rule, size or step.", "buckets"));
        return settings;
    }

    private BucketSettings RuleFor(TrainerFormat format, BucketSettings? there)
    {
        string rule = Known(Buckets ?? there?.Rule ?? format.UsualRule, BucketRules, "rule");
        var usual = there is not null && there.Rule == rule ? there : new BucketSettings { Rule = rule };
        return usual with
        {
            Width = Resolution?.Width ?? usual.Width,
            Height = Resolution?.Height ?? usual.Height,
            Minimum = MinimumBucket ?? usual.Minimum,
            // kohya takes 1024 as its largest bucket; a larger resolution needs larger ones.
            Maximum = MaximumBucket ?? (Resolution is { } r ? Math.Max(usual.Maximum, Math.Max(r.Width, r.Height)) : usual.Maximum),
            Step = BucketStep ?? usual.Step,
            NoUpscale = NoUpscale ?? usual.NoUpscale,
        };
    }

    private static string Known(string word, IReadOnlyList<string> words, string what)
    {
        if (words.FirstOrDefault(w => w.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } known) return known;
        string[] near = [.. Likeness.Nearest(word, words)];
        string hint = near.Length > 0 ? $" Did you mean {string.Join(" or ", near)}?" : "";
        throw new LatentSharpException(ErrorKind.Usage, word, $"there is no {what} of this name; there are {string.Join(", ", words)}.{hint}");
    }

    // The half that encodes: another decoder in the file changes no latent.
    internal static string DigestOf(Autoencoder autoencoder, CancellationToken cancellationToken)
    {
        if (autoencoder.Weights.Tensors.Count == 0) return new string('0', 64);
        ContentDigest digest = ContentDigest.Compute(autoencoder.Weights, DigestLevel.Exact, null, cancellationToken);
        return digest.Encoder ?? digest.Whole;
    }
}
