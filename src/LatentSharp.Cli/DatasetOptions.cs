using System.CommandLine;
using System.Globalization;
using LatentSharp.Datasets;
using LatentSharp.Service.Datasets;
using LatentSharp.Tensors;

namespace LatentSharp.Cli;

/// <summary>The options that say how a data set is made; several commands have them.</summary>
internal sealed class DatasetOptions
{
    private const int LargestSide = 16384;

    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<string?> format = Word("--format",
        "Which trainer reads it; safetensors are LatentSharp's own files, the default.", LatentDatasetOptions.Formats);
    private readonly Option<string?> architecture = Architecture();
    private readonly Option<string?> buckets = Word("--buckets",
        "How pictures are resized and cut; by default as the trainer does.", LatentDatasetOptions.BucketRules);
    private readonly Option<PixelSize?> resolution = new("--resolution")
    {
        Description = "The size of the training, 1024 by default: a number, or WxH.", HelpName = "N|WxH", CustomParser = Resolution,
    };
    private readonly Option<int?> minimum = Side("--min-bucket", "kohya's shortest side of a bucket, 256 by default."),
        maximum = Side("--max-bucket", "kohya's longest side of a bucket; 1024 by default, or the resolution's."),
        step = Side("--bucket-step", "Sides of buckets are multiples of this; by default the trainer's number.");
    private readonly Option<bool> noUpscale = new("--no-upscale") { Description = "Pictures smaller than the resolution keep their size." };
    private readonly Option<string?> type = Type();
    private readonly Option<ulong?> sample = SharedOptions.Seed("--sample", "Draw from the posterior with this seed; by default its mean is taken.");
    private readonly Option<bool> mirror = new("--flip") { Description = "Encode every picture mirrored as well." };
    private readonly Option<bool> posterior = new("--posterior") { Description = "Keep the posterior's log-variance beside its mean." };
    private readonly Option<int?> crops = Whole("--crops", "Encode this many crops of a picture, evenly over what its bucket cuts off.", 64, "N"),
        shortest = Side("--min-size", "Leave out pictures whose shorter side has fewer pixels, and list them."),
        shardSize = Whole("--shard-size", "The most latents in a file, where files hold many; 10000 by default.", 10_000_000, "N");
    private readonly Option<string?> alpha = Word("--alpha",
        "What becomes of transparency: it lies on white, as by default, or black; it is dropped, or kept as kohya's alpha_mask.",
        LatentDatasetOptions.AlphaRules);

    /// <summary>The pictures.</summary>
    internal static Argument<string> Source() => new("SOURCE")
    {
        Description = "The pictures: a folder with all below it, @names.txt with one path a line, a .tar, .zip or .parquet.",
    };

    /// <summary>The folder of the data set.</summary>
    internal static Option<string> Output() => new("--output", "-o")
    {
        Description = "The folder of the data set, in which the tree of the pictures is repeated. It may be SOURCE itself, where trainers look.",
        HelpName = "DIR", Required = true,
    };

    /// <summary>The option <c>--shard</c>.</summary>
    internal static Option<DatasetShard?> Shard() => new("--shard")
    {
        Description = "Do one of N parts of the pictures, I from 0 to N-1: for several processes or machines on one folder.", HelpName = "I/N",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            string[] parts = text.Split('/');
            if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && index < count)
                return new DatasetShard(index, count);
            result.AddError($"--shard {text}: a part is written as 0/16, the first of sixteen; the last is 15/16.");
            return null;
        },
    };

    private Option[] All => [ae, format, architecture, buckets, resolution, minimum, maximum, step, noUpscale, shortest, crops, mirror,
        alpha, type, sample, posterior, shardSize];

    /// <summary>Adds them to a command.</summary>
    internal void AddTo(Command command)
    {
        foreach (Option option in All) command.Add(option);
    }

    /// <summary>What was typed, for another command line.</summary>
    /// <param name="arguments">What was typed.</param>
    /// <param name="here">Whether a path is made whole.</param>
    internal IEnumerable<string> Words(ParseResult arguments, bool here)
    {
        foreach (Option option in All)
        {
            if (arguments.GetResult(option) is not { Implicit: false } given) continue;
            yield return option.Name;
            foreach (string value in given.Tokens.Select(t => t.Value))
                yield return here && option == ae && Path.Exists(value) ? Path.GetFullPath(value) : value;
        }
    }

    /// <summary>The autoencoder that was named; null for none.</summary>
    internal string? Autoencoder(ParseResult arguments) => arguments.GetValue(ae);

    /// <summary>What was said.</summary>
    /// <param name="arguments">What was typed.</param>
    /// <param name="shard">Which part of the pictures.</param>
    /// <param name="again">Whether everything is encoded again.</param>
    /// <param name="retry">Whether pictures that failed are tried again.</param>
    /// <param name="compute">How networks are run.</param>
    internal LatentDatasetOptions Options(ParseResult arguments, bool again, bool retry, (int, int)? shard = null,
        ComputeOptions? compute = null) => new()
        {
            Shard = shard, Again = again, RetryFailed = retry, Compute = compute ?? ComputeOptions.Default,
            Format = arguments.GetValue(format), Architecture = arguments.GetValue(architecture),
            Buckets = arguments.GetValue(buckets),
            Resolution = arguments.GetValue(resolution) is { } size ? (size.Width, size.Height) : null,
            MinimumBucket = arguments.GetValue(minimum), MaximumBucket = arguments.GetValue(maximum), BucketStep = arguments.GetValue(step),
            NoUpscale = arguments.GetValue(noUpscale) ? true : null, Seed = arguments.GetValue(sample),
            Type = TypeOf(arguments.GetValue(type)),
            MinimumSide = arguments.GetValue(shortest), Crops = arguments.GetValue(crops), Alpha = arguments.GetValue(alpha),
            ShardSize = arguments.GetValue(shardSize), Mirror = arguments.GetValue(mirror) ? true : null,
            KeepPosterior = arguments.GetValue(posterior) ? true : null,
        };

    /// <summary>The option <c>--architecture</c>.</summary>
    internal static Option<string?> Architecture() => new("--architecture")
    {
        Description = "What the trainer calls the model, where several have one latent space: lumina, zimage, zi, chroma, ...", HelpName = "NAME",
    };

    /// <summary>The option <c>--dtype</c>.</summary>
    internal static Option<string?> Type() => Word("--dtype", "How values are stored; by default as the trainer does.", ElementTypeWords.Latents.Keys,
        ElementTypeWords.LatentsShown);

    /// <summary>What <see cref="Type"/> says; null for nothing.</summary>
    internal static ElementType? TypeOf(string? word) => word is null ? null : ElementTypeWords.Latents[word];

    /// <summary>An option whose value is one of some words; a near miss is named.</summary>
    internal static Option<string?> Word(string name, string description, IReadOnlyCollection<string> words, string? shown = null)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = shown ?? string.Join('|', words) };
        option.CompletionSources.Add([.. words]);
        option.Validators.Add(result =>
        {
            if (result.Tokens is not [var token] || words.Contains(token.Value, StringComparer.OrdinalIgnoreCase)) return;
            string[] near = [.. Likeness.Nearest(token.Value, words)];
            result.AddError($"{name} {token.Value}: {string.Join(", ", words)} are known."
                + (near.Length == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?"));
        });
        return option;
    }

    private static Option<int?> Side(string name, string description) => Whole(name, description, LargestSide, "PIXELS");

    private static Option<int?> Whole(string name, string description, int largest, string shown) => new(name)
    {
        Description = description, HelpName = shown,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 && number <= largest)
                return number;
            result.AddError($"{name} {text}: a whole number from 1 to {largest} is expected.");
            return null;
        },
    };

    private static PixelSize? Resolution(System.CommandLine.Parsing.ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string[] sides = text.Split('x', 'X');
        if (sides.Length <= 2 && int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(sides[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            && width is > 0 and <= LargestSide && height is > 0 and <= LargestSide) return new PixelSize(width, height);
        result.AddError($"--resolution {text}: a number of pixels, such as 1024, or WxH is expected, at most {LargestSide} each way.");
        return null;
    }
}
