using System.Globalization;

namespace LatentSharp.Datasets.Preprocessing;

/// <summary>
/// The buckets of musubi-tuner (<c>dataset/bucket.py</c>, 30c658c) with <c>enable_bucket</c>: a table of sizes of about one area from half
/// the square's side on, of which the nearest in aspect is taken.
/// </summary>
internal sealed record MusubiBuckets : BucketRule
{
    private readonly Extent[] table;

    /// <summary>The rule for some settings.</summary>
    /// <param name="resolution"><c>resolution</c>.</param>
    /// <param name="step">16, or 32 for some architectures.</param>
    /// <param name="noUpscale"><c>bucket_no_upscale</c>: small pictures keep their size.</param>
    public MusubiBuckets(Extent resolution, int step, bool noUpscale)
    {
        (Resolution, Step, NoUpscale) = (resolution, step, noUpscale);
        var sizes = new HashSet<Extent>();
        double side = Math.Sqrt(resolution.Area);
        for (int width = (int)Math.Floor(side / 2) / step * step; width < side + step; width += step)
        {
            if (width == 0) continue;
            int height = (int)(resolution.Area / width) / step * step;
            sizes.Add(new Extent(width, height));
            sizes.Add(new Extent(height, width));
        }
        table = [.. sizes.OrderBy(s => s.Width).ThenBy(s => s.Height)];
    }

    /// <summary>The resolution: its area is that of the buckets.</summary>
    public Extent Resolution { get; }

    /// <summary>Whether pictures of less area keep their size, cut to the step.</summary>
    public bool NoUpscale { get; }

    /// <inheritdoc/>
    public override string Name => "musubi";

    /// <inheritdoc/>
    public override int Step { get; }

    /// <inheritdoc/>
    public override string Text
        => string.Create(CultureInfo.InvariantCulture, $"{Name} {Resolution} step {Step}{(NoUpscale ? " no-upscale" : "")}");

    /// <summary>All buckets, by width and then by height.</summary>
    public IReadOnlyList<Extent> Table => table;

    /// <inheritdoc/>
    public override Placement Place(Extent picture)
    {
        Extent bucket = NoUpscale && picture.Area <= Resolution.Area ? picture.FlooredTo(Step)
            : table.MinBy(b => Math.Abs(b.Aspect - picture.Aspect));
        if (bucket.Area == 0) throw TooSmall(picture, Step);
        double scale = Math.Max((double)bucket.Width / picture.Width, (double)bucket.Height / picture.Height);
        var resized = new Extent((int)(picture.Width * scale + 0.5), (int)(picture.Height * scale + 0.5));
        return Placement.Middle(picture, resized, bucket,
            resized == picture ? ResampleFilter.None : scale > 1 ? ResampleFilter.Lanczos : ResampleFilter.Area);
    }
}
