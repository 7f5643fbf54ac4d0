using System.Globalization;

namespace LatentSharp.Datasets.Preprocessing;

/// <summary>
/// The buckets of OneTrainer (<c>mgds/pipelineModules/AspectBucketing.py</c>, 3a6994a): sizes of one area with nine aspects and their
/// inverses, of which the nearest in aspect is taken; whole numbers are rounded half to even.
/// </summary>
internal sealed record OneTrainerBuckets : BucketRule
{
    private static readonly double[] Aspects = [1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4];

    private readonly Extent[] table;

    /// <summary>The rule for a resolution.</summary>
    /// <param name="resolution">The side of a square of the area.</param>
    /// <param name="quantum">Sides are multiples of it: 64 for most models, 8 for Stable Diffusion 1.</param>
    public OneTrainerBuckets(int resolution, int quantum)
    {
        (Resolution, Step) = (resolution, quantum);
        IEnumerable<(double High, double Wide)> sizes = Aspects.Select(a => (1 / Math.Sqrt(a) * resolution, a / Math.Sqrt(a) * resolution));
        // Where two are equally near, which of them OneTrainer takes depends on the order of a Python set; here the wider one.
        table = [.. sizes.Concat(sizes.Select(s => (s.Wide, s.High))).Select(s => new Extent(Quantised(s.Item2), Quantised(s.Item1)))
            .Where(s => s.Area > 0).Distinct().OrderByDescending(s => s.Width).ThenBy(s => s.Height)];
        if (table.Length == 0)
            throw new LatentSharpException(ErrorKind.Usage, Text, "this resolution is too small for any bucket.", "Choose a larger one.");
    }

    /// <summary>The side of a square of the area.</summary>
    public int Resolution { get; }

    /// <inheritdoc/>
    public override string Name => "onetrainer";

    /// <inheritdoc/>
    public override int Step { get; }

    /// <inheritdoc/>
    public override string Text => string.Create(CultureInfo.InvariantCulture, $"{Name} {Resolution} step {Step}");

    /// <summary>All buckets.</summary>
    public IReadOnlyList<Extent> Table => table;

    /// <inheritdoc/>
    public override Placement Place(Extent picture)
    {
        double aspect = (double)picture.Height / picture.Width;
        Extent bucket = table.MinBy(b => Math.Abs((double)b.Height / b.Width - aspect));
        Extent resized;
        if (aspect > (double)bucket.Height / bucket.Width)
            resized = bucket with { Height = Rounded(picture.Height * ((double)bucket.Width / picture.Width)) };
        else resized = bucket with { Width = Rounded(picture.Width * ((double)bucket.Height / picture.Height)) };
        return Placement.Middle(picture, resized, bucket, resized == picture ? ResampleFilter.None : ResampleFilter.Bilinear);
    }

    private int Quantised(double side) => Rounded(side / Step) * Step;

    private static int Rounded(double value) => (int)Math.Round(value, MidpointRounding.ToEven);
}
