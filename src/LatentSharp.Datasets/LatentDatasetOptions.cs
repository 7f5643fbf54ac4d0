using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Tensors;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets;

/// <summary>
/// How a data set of latents is made. What is not said is as it is in the data set that is there, or as the trainer has it, so that the
/// same call without options goes on with a data set.
/// </summary>
public sealed record LatentDatasetOptions
{
    /// <summary>Which trainer or program reads it, one of <see cref="Formats"/>; <c>safetensors</c>, the default, are LatentSharp's own
    /// files.</summary>
    public string? Format { get; init; }

    /// <summary>What the trainer calls the model, where several have one latent space: <c>lumina</c>, <c>zimage</c>, <c>zi</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>The rule of the buckets, one of <see cref="BucketRules"/>.</summary>
    public string? Buckets { get; init; }

    /// <summary>Width and height in pixels of the rule's resolution; 1024 x 1024 by default.</summary>
    public (int Width, int Height)? Resolution { get; init; }

    /// <summary>kohya's shortest side of a bucket in pixels, 256 by default.</summary>
    public int? MinimumBucket { get; init; }

    /// <summary>kohya's longest side of a bucket in pixels; 1024 by default, or the resolution's.</summary>
    public int? MaximumBucket { get; init; }

    /// <summary>Sides of buckets are multiples of this many pixels.</summary>
    public int? BucketStep { get; init; }

    /// <summary>Whether pictures smaller than the resolution keep their size.</summary>
    public bool? NoUpscale { get; init; }

    /// <summary>Pictures whose shorter side has fewer pixels are not encoded, and listed; 0, the default, for none.</summary>
    public int? MinimumSide { get; init; }

    /// <summary>How many crops of a picture are encoded, evenly over what its bucket cuts off; 1, the default, is the middle.</summary>
    public int? Crops { get; init; }

    /// <summary>What becomes of transparency, one of <see cref="AlphaRules"/>.</summary>
    public string? Alpha { get; init; }

    /// <summary>How values are stored: <see cref="ElementType.F32"/>, <see cref="ElementType.F16"/> or <see cref="ElementType.BF16"/>.</summary>
    public ElementType? Type { get; init; }

    /// <summary>The seed to draw from the posterior with, for each picture with noise of its own; null for its mean.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether pictures are encoded mirrored as well, left to right.</summary>
    public bool? Mirror { get; init; }

    /// <summary>Whether the log-variance of the posterior is kept beside the mean.</summary>
    public bool? KeepPosterior { get; init; }

    /// <summary>The most pictures in a file, for formats whose files hold many; 10,000 by default.</summary>
    public int? ShardSize { get; init; }

    /// <summary>Does one of several parts of the pictures, for several processes or machines on one folder; null for all.</summary>
    public (int Index, int Count)? Shard { get; init; }

    /// <summary>Whether everything is encoded again.</summary>
    public bool Again { get; init; }

    /// <summary>Whether pictures that failed are tried again although they have not changed.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>How networks are run: the threads and the memory of all pictures that are worked on at once.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;

    /// <summary>The words for formats.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. TrainerFormat.All.Select(f => f.Id)];

    /// <summary>The words for rules: <c>kohya</c>, <c>ai-toolkit</c>, <c>musubi</c>, <c>onetrainer</c>, <c>fixed</c>,
    /// <c>none</c>.</summary>
    public static IReadOnlyList<string> BucketRules => BucketSettings.Names;

    /// <summary>
    /// The words for what becomes of transparency: <c>white</c> and <c>black</c> behind it, <c>drop</c> (colours as they are stored, as
    /// most
    /// trainers have it), <c>mask</c> (the same, and opacity is kept as kohya's <c>alpha_mask</c>).
    /// </summary>
    public static IReadOnlyList<string> AlphaRules => AlphaRule.Names;

    /// <summary>The settings that this comes to for an autoencoder.</summary>
    /// <param name="there">Those of the data set; null for a new one.</param>
    /// <param name="autoencoder">The autoencoder.</param>
    /// <param name="name">What it was opened by.</param>
    /// <param name="cancellationToken">Stops the reading of its weights.</param>
    /// <exception cref="LatentSharpException">The choices contradict each other.</exception>
    internal DatasetSettings Settings(DatasetSettings? there, Autoencoder autoencoder, string name, CancellationToken cancellationToken)
    {
        TrainerFormat format = TrainerFormat.Of(Known(Format ?? there?.Format ?? "safetensors", Formats, "format"));
        if (there?.Format != format.Id) there = null;      // what belongs to another format says nothing
        string architecture = format.ArchitectureOf(autoencoder.Space, Architecture ?? there?.Architecture);
        var settings = new DatasetSettings
        {
            Format = format.Id, Architecture = architecture, Type = Type ?? there?.Type ?? format.UsualType, Seed = Seed ?? there?.Seed,
            Mirror = Mirror ?? there?.Mirror ?? false, KeepPosterior = KeepPosterior ?? there?.KeepPosterior ?? false,
            Buckets = RuleFor(format, there?.Buckets), Crops = Crops ?? there?.Crops ?? 1,
            MinimumSide = MinimumSide ?? there?.MinimumSide ?? 0,
            Alpha = Known(Alpha ?? there?.Alpha ?? AlphaRule.Usual, AlphaRules, "rule for transparency"),
            ShardSize = format.Packing is null ? null : ShardSize ?? there?.ShardSize
                ?? LatentSharp.Datasets.Formats.Packing.UsualShardSize,
            Autoencoder = DigestOf(autoencoder, cancellationToken), AutoencoderName = name, Space = autoencoder.Space.Id,
        };
        Require(settings, format, autoencoder.Space);
        return settings;
    }

    /// <summary>What a format can hold and what not.</summary>
    /// <exception cref="LatentSharpException">It cannot hold this.</exception>
    internal static void Require(DatasetSettings settings, TrainerFormat format, LatentSpace space)
    {
        if (!format.Types.Contains(settings.Type))
            throw Refusal(settings.Type.Name(), $"{format.Id} stores {string.Join(", ", format.Types.Select(t => t.Name()))}.",
                "Choose one of these.", "dtype");
        if (settings.KeepPosterior && !format.KeepsPosterior)
            throw Refusal(format.Id, "this trainer reads no log-variance.", "Leave it out, or choose the format safetensors.", "posterior");
        if (settings.Mirror && !format.TakesMirrored)
            throw Refusal(format.Id, "this trainer reads no mirrored pictures.", "Leave it out.", "flip");
        if (settings.Crops > 1 && !format.TakesCrops)
            throw Refusal(format.Id, "this trainer reads one crop of a picture.", "Leave it out, or choose the format safetensors.", "crops");
        if (settings.Alpha == AlphaRule.Mask && !format.TakesAlphaMask)
            throw Refusal(format.Id, "this trainer reads no mask of transparency; kohya does.", "Choose white, black or drop.", "alpha");
        BucketRule rule = settings.Rule;
        if (rule is WholePicture && !format.TakesWholePictures)
            throw Refusal(rule.Text, $"{format.Id} reads latents of buckets only.", "Choose another rule.", "buckets");
        if (rule is WholePicture ? settings.Crops > 1 : rule.Step % space.Factor != 0)
            throw rule is WholePicture
                ? Refusal(rule.Text, "whole pictures have no crops.", "Choose a rule, such as fixed.", "buckets")
                : Refusal(rule.Text, $"sides of buckets have to be multiples of {space.Factor}, as the autoencoder divides them.",
                    "Choose another rule, size or step.", "buckets");

        static LatentSharpException Refusal(string where, string what, string next, string option)
            => new(ErrorKind.Usage, where, what, new Remedy(RemedyKind.GiveOption, next, option));
    }

    /// <summary>One of several words, whatever its case.</summary>
    /// <exception cref="LatentSharpException">It is none of them; near ones are named.</exception>
    internal static string Known(string word, IReadOnlyList<string> words, string what)
    {
        if (words.FirstOrDefault(w => w.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } known) return known;
        string[] near = [.. Likeness.Nearest(word, words)];
        string hint = near.Length > 0 ? $" Did you mean {string.Join(" or ", near)}?" : "";
        throw new LatentSharpException(ErrorKind.Usage, word, $"there is no {what} of this name; there are {string.Join(", ", words)}.{hint}");
    }

    /// <summary>The digest of the half that encodes: another decoder in the file changes no latent.</summary>
    internal static string DigestOf(Autoencoder autoencoder, CancellationToken cancellationToken)
    {
        if (autoencoder.Weights.Tensors.Count == 0) return new string('0', 64);
        ContentDigest digest = ContentDigest.Compute(autoencoder.Weights, DigestLevel.Exact, null, cancellationToken);
        return digest.Encoder ?? digest.Whole;
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
}
