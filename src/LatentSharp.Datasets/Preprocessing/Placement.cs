namespace LatentSharp.Datasets.Preprocessing;

/// <summary>What becomes of a picture before it is encoded: it is resized, and its bucket is cut out.</summary>
/// <param name="Picture">The size that the rule was told.</param>
/// <param name="Resized">The size after resizing.</param>
/// <param name="Left">Columns that are cut off on the left.</param>
/// <param name="Top">Rows that are cut off at the top.</param>
/// <param name="Bucket">What is left.</param>
/// <param name="Filter">How it is resized.</param>
internal sealed record Placement(Extent Picture, Extent Resized, int Left, int Top, Extent Bucket, ResampleFilter Filter)
{
    /// <summary>The middle of a resized picture: half of what is too much is cut off on the left and at the top, rounded down.</summary>
    public static Placement Middle(Extent picture, Extent resized, Extent bucket, ResampleFilter filter)
        => new(picture, resized, (resized.Width - bucket.Width) / 2, (resized.Height - bucket.Height) / 2, bucket, filter);

    /// <summary>
    /// Several crops, evenly over what the bucket cuts off, from one end to the other. Those that would be the same are one; one crop is
    /// the
    /// middle.
    /// </summary>
    /// <param name="count">How many.</param>
    public IReadOnlyList<Placement> Crops(int count)
    {
        if (count <= 1) return [this];
        int wide = Resized.Width - Bucket.Width, high = Resized.Height - Bucket.Height;
        return [.. Enumerable.Range(0, count)
            .Select(i => this with { Left = (int)((long)wide * i / (count - 1)), Top = (int)((long)high * i / (count - 1)) }).Distinct()];
    }

    /// <summary>
    /// What kohya hands to SDXL as <c>crop_ltrb</c>: the rectangle of the picture's own aspect that lies in the middle of the bucket, left,
    /// top, right, bottom.
    /// </summary>
    public double[] CropRectangle()
    {
        double aspect = Picture.Aspect, width, height;
        if (aspect > Bucket.Aspect) (width, height) = (Bucket.Width, Bucket.Width / aspect);
        else (width, height) = (Bucket.Height * aspect, Bucket.Height);
        double left = Math.Floor((Bucket.Width - width) / 2), top = Math.Floor((Bucket.Height - height) / 2);
        return [left, top, left + width, top + height];
    }
}
