namespace LatentSharp.Datasets.Preprocessing;

/// <summary>A bucket rule as people ask for it and as files keep it; what is not said is as the trainer has it.</summary>
internal sealed record BucketSettings
{
    /// <summary>The words for the rules.</summary>
    public static IReadOnlyList<string> Names { get; } = ["kohya", "ai-toolkit", "musubi", "onetrainer", "fixed", "none"];

    /// <summary>One of <see cref="Names"/>.</summary>
    public required string Rule { get; init; }

    /// <summary>Width of the resolution.</summary>
    public int Width { get; init; } = 1024;

    /// <summary>Height of the resolution.</summary>
    public int Height { get; init; } = 1024;

    /// <summary>The shortest side of a bucket of kohya's.</summary>
    public int Minimum { get; init; } = 256;

    /// <summary>The longest side of a bucket of kohya's.</summary>
    public int Maximum { get; init; } = 1024;

    /// <summary>Sides of buckets are multiples of it; 0 for what the trainer takes.</summary>
    public int Step { get; init; }

    /// <summary>Whether small pictures keep their size; only ai-toolkit's rule never enlarges anyway.</summary>
    public bool NoUpscale { get; init; }

    /// <summary>The rule.</summary>
    /// <param name="usualDivisor">ai-toolkit's divisor for the latent space.</param>
    /// <exception cref="LatentSharpException">The settings contradict each other.</exception>
    public BucketRule Create(int usualDivisor)
    {
        var resolution = new Extent(Width, Height);
        return Rule switch
        {
            "kohya" => new KohyaBuckets(resolution, Minimum, Maximum, Step == 0 ? 64 : Step, NoUpscale),
            "ai-toolkit" or "onetrainer" when Width != Height => throw new LatentSharpException(ErrorKind.Usage, resolution.ToString(),
                $"{Rule} knows one number as its resolution.", "Give one number, such as 1024."),
            "onetrainer" => new OneTrainerBuckets(Width, Step == 0 ? 64 : Step),
            "ai-toolkit" => new AiToolkitBuckets(Width, Step == 0 ? usualDivisor : Step),
            "musubi" => new MusubiBuckets(resolution, Step == 0 ? 16 : Step, NoUpscale),
            "fixed" => new FixedSize(resolution),
            "none" => new WholePicture(),
            _ => throw new LatentSharpException(ErrorKind.Usage, Rule, $"there is no such rule; there are {string.Join(", ", Names)}."),
        };
    }
}
