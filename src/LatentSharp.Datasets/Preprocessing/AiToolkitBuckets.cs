using System.Globalization;

namespace LatentSharp.Datasets.Preprocessing;

/// <summary>
/// The buckets of ai-toolkit (<c>toolkit/buckets.py</c> and <c>toolkit/dataloader_mixins.py</c>, 27a03a9): every picture keeps its aspect
/// as nearly as the divisor allows, and none becomes larger than it is.
/// </summary>
/// <param name="Resolution">The side of the square whose area is the largest.</param>
/// <param name="Divisor">Sides of buckets are multiples of it: 16 for SD, SDXL and FLUX.2, 32 for FLUX.1, SD3 and Qwen-Image.</param>
internal sealed record AiToolkitBuckets(int Resolution, int Divisor) : BucketRule
{
    /// <inheritdoc/>
    public override string Name => "ai-toolkit";

    /// <inheritdoc/>
    public override int Step => Divisor;

    /// <inheritdoc/>
    public override string Text => string.Create(CultureInfo.InvariantCulture, $"{Name} {Resolution} step {Divisor}");

    /// <inheritdoc/>
    public override Placement Place(Extent picture)
    {
        Extent bucket = BucketOf(picture);
        // In this order and in double: the sizes are part of the file's name, and one in twenty comes out a pixel larger than it would
        // have to be.
        double scale = Math.Max((double)bucket.Width / picture.Width, (double)bucket.Height / picture.Height);
        var resized = new Extent((int)Math.Ceiling(picture.Width * scale), (int)Math.Ceiling(picture.Height * scale));
        return Placement.Middle(picture, resized, bucket, resized == picture ? ResampleFilter.None : ResampleFilter.Bicubic);
    }

    private Extent BucketOf(Extent picture)
    {
        long limit = (long)Resolution * Resolution, target = Math.Min(picture.Area, limit);
        double scale = Math.Pow((double)target / picture.Area, 0.5);
        double x = picture.Width * scale / Divisor, y = picture.Height * scale / Divisor;
        int left = (int)Math.Floor(x), right = (int)Math.Ceiling(x), top = (int)Math.Floor(y), bottom = (int)Math.Ceiling(y);
        Extent[] fitting = [.. ((Extent[])[new(left, top), new(left, bottom), new(right, top), new(right, bottom)])
            .Select(c => new Extent(c.Width * Divisor, c.Height * Divisor))
            .Where(c => c is { Width: > 0, Height: > 0 } && c.Area <= limit)];
        return fitting.Length > 0 ? fitting.MinBy(c => Math.Abs(c.Area - target))
            : new Extent(Math.Max(Divisor, left * Divisor), Math.Max(Divisor, top * Divisor));
    }
}
