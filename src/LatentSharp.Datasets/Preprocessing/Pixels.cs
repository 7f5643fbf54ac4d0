namespace LatentSharp.Datasets.Preprocessing;

/// <summary>A picture as trainers see it before it becomes numbers: levels of 8 bits.</summary>
/// <param name="Levels">[3, H, W], row-major.</param>
/// <param name="Size">W and H.</param>
internal sealed record Pixels(byte[] Levels, Extent Size)
{
    /// <summary>The levels of a picture of batch 1.</summary>
    public static Pixels Of(ImageTensor image)
    {
        var levels = new byte[image.Values.Length];
        for (int i = 0; i < levels.Length; i++) levels[i] = ImageTensor.ToByte(image.Values[i]);
        return new Pixels(levels, new Extent(image.Width, image.Height));
    }

    /// <summary>[1, 3, H, W] in [-1, 1].</summary>
    public ImageTensor ToImage()
    {
        var image = new ImageTensor(1, Size.Height, Size.Width);
        for (int i = 0; i < Levels.Length; i++) image.Values[i] = ImageTensor.FromByte(Levels[i]);
        return image;
    }

    /// <summary>
    /// Resizes a picture with alpha and cuts its bucket out: OpenCV resizes each channel by itself; Pillow multiplies the colours by alpha
    /// before and divides by it after.
    /// </summary>
    /// <param name="opacity">Levels of alpha, [H, W].</param>
    /// <param name="placement">Where to.</param>
    /// <returns>The colours, and alpha.</returns>
    public (Pixels Colours, byte[] Opacity) PlacedWith(byte[] opacity, Placement placement)
    {
        // Alpha as a picture of three equal channels goes the same way.
        byte[] cut = new Pixels([.. opacity, .. opacity, .. opacity], Size).Placed(placement).Levels[..(int)placement.Bucket.Area];
        if (placement.Filter is ResampleFilter.None or ResampleFilter.Area) return (Placed(placement), cut);
        var multiplied = new byte[Levels.Length];
        for (int i = 0; i < multiplied.Length; i++)
        {
            int product = Levels[i] * opacity[i % opacity.Length] + 128;
            multiplied[i] = (byte)(((product >> 8) + product) >> 8);
        }
        Pixels placed = new Pixels(multiplied, Size).Placed(placement);
        var levels = new byte[placed.Levels.Length];
        for (int i = 0; i < levels.Length; i++)
        {
            int alpha = cut[i % cut.Length];
            levels[i] = alpha is 0 or 255 ? placed.Levels[i] : (byte)Math.Min(255, 255 * placed.Levels[i] / alpha);
        }
        return (new Pixels(levels, placed.Size), cut);
    }

    /// <summary>Resizes a picture and cuts its bucket out.</summary>
    public Pixels Placed(Placement placement) => placement.Filter switch
    {
        ResampleFilter.Area => AreaResampling.Apply(this, placement),
        ResampleFilter.Bilinear or ResampleFilter.Bicubic or ResampleFilter.Lanczos => PillowResampling.Apply(this, placement),
        _ => Cut(placement.Left, placement.Top, placement.Bucket),
    };

    private Pixels Cut(int left, int top, Extent part)
    {
        if (part == Size) return this;
        var levels = new byte[3 * part.Area];
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < part.Height; y++)
                Levels.AsSpan((c * Size.Height + top + y) * Size.Width + left, part.Width)
                    .CopyTo(levels.AsSpan((c * part.Height + y) * part.Width));
        return new Pixels(levels, part);
    }
}
