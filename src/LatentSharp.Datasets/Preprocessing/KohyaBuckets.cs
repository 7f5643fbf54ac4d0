using System.Globalization;

namespace LatentSharp.Datasets.Preprocessing;

/// <summary>
/// The buckets of kohya's sd-scripts (<c>library/model_util.py</c> and <c>BucketManager</c> of <c>library/train_util.py</c>, 48d368f): a
/// table of sizes of about one area, of which the nearest in aspect is taken.
/// </summary>
internal sealed record KohyaBuckets : BucketRule
{
    private readonly Extent[] table;

    /// <summary>The rule for some settings, which are named as kohya names them.</summary>
    /// <param name="resolution"><c>resolution</c>.</param>
    /// <param name="minimum"><c>min_bucket_reso</c>; brought down to the step.</param>
    /// <param name="maximum"><c>max_bucket_reso</c>; brought up to the step.</param>
    /// <param name="step"><c>bucket_reso_steps</c>.</param>
    /// <param name="noUpscale"><c>bucket_no_upscale</c>: small pictures keep their size.</param>
    /// <exception cref="LatentSharpException">kohya would refuse these settings.</exception>
    public KohyaBuckets(Extent resolution, int minimum, int maximum, int step, bool noUpscale)
    {
        (Resolution, Minimum, Maximum) = (resolution, minimum / step * step, (maximum + step - 1) / step * step);
        (Step, NoUpscale) = (step, noUpscale);
        if (Math.Min(resolution.Width, resolution.Height) < Minimum || Math.Max(resolution.Width, resolution.Height) > Maximum)
            throw new LatentSharpException(ErrorKind.Usage, resolution.ToString(),
                $"kohya wants the sides of the resolution between the smallest bucket, {Minimum}, and the largest, {Maximum}.",
                "Choose another resolution, or other limits of the buckets.");
        table = Sizes();
    }

    /// <summary>The resolution: its area is that of the buckets.</summary>
    public Extent Resolution { get; }

    /// <summary>The shortest side of a bucket.</summary>
    public int Minimum { get; }

    /// <summary>The longest side of a bucket.</summary>
    public int Maximum { get; }

    /// <summary>Whether pictures of less area keep their size, cut to the step.</summary>
    public bool NoUpscale { get; }

    /// <inheritdoc/>
    public override string Name => "kohya";

    /// <inheritdoc/>
    public override int Step { get; }

    /// <inheritdoc/>
    public override string Text => string.Create(CultureInfo.InvariantCulture,
        $"{Name} {Resolution} min {Minimum} max {Maximum} step {Step}{(NoUpscale ? " no-upscale" : "")}");

    /// <summary>All buckets, by width and then by height.</summary>
    public IReadOnlyList<Extent> Table => table;

    /// <inheritdoc/>
    public override Placement Place(Extent picture)
    {
        if (NoUpscale) return PlaceWithoutUpscaling(picture);
        Extent bucket = table.Contains(picture) ? picture : table.MinBy(b => Math.Abs(b.Aspect - picture.Aspect));
        return Covering(picture, bucket);
    }

    /// <summary>The picture is made just so large that it covers the bucket; what juts out is cut off.</summary>
    internal static Placement Covering(Extent picture, Extent bucket)
    {
        double scale = picture.Aspect > bucket.Aspect ? (double)bucket.Height / picture.Height : (double)bucket.Width / picture.Width;
        var resized = new Extent((int)(picture.Width * scale + 0.5), (int)(picture.Height * scale + 0.5));
        return Placement.Middle(picture, resized, bucket, FilterFor(picture, resized));
    }

    private static ResampleFilter FilterFor(Extent picture, Extent resized) => picture == resized ? ResampleFilter.None
        : resized.Width <= picture.Width && resized.Height <= picture.Height ? ResampleFilter.Area : ResampleFilter.Lanczos;

    private Placement PlaceWithoutUpscaling(Extent picture)
    {
        if (Math.Min(picture.Width, picture.Height) < Step) throw TooSmall(picture, Step);
        Extent resized = picture;
        if (picture.Area > Resolution.Area)
        {
            double aspect = picture.Aspect, width = Math.Sqrt(Resolution.Area * aspect), height = Resolution.Area / width;
            int wide = Rounded(width), high = Rounded(height);
            double first = wide / (double)Rounded(wide / aspect), second = Rounded(high * aspect) / (double)high;
            resized = Math.Abs(first - aspect) < Math.Abs(second - aspect) ? new Extent(wide, (int)(wide / aspect + 0.5))
                : new Extent((int)(high * aspect + 0.5), high);
        }
        Extent bucket = resized.FlooredTo(Step);
        if (bucket.Area <= 0) throw TooSmall(picture, Step);
        return Placement.Middle(picture, resized, bucket, FilterFor(picture, resized));
    }

    // To the nearest whole number, and down to the step.
    private int Rounded(double value)
    {
        int whole = (int)(value + 0.5);
        return whole - whole % Step;
    }

    private Extent[] Sizes()
    {
        long area = Resolution.Area;
        int square = (int)Math.Sqrt(area) / Step * Step;
        var sizes = new HashSet<Extent> { new(square, square) };
        for (int width = Minimum; width <= Maximum; width += Step)
        {
            if (width == 0) continue;
            int height = (int)Math.Min(Maximum, area / width / Step * Step);
            if (height < Minimum || height == 0) continue;
            sizes.Add(new Extent(width, height));
            sizes.Add(new Extent(height, width));
        }
        return [.. sizes.OrderBy(s => s.Width).ThenBy(s => s.Height)];
    }
}
