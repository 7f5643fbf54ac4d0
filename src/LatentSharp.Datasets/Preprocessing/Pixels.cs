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

    /// <summary>Resizes a picture and cuts its bucket out.</summary>
    public Pixels Placed(Placement placement) => placement.Filter switch
    {
        ResampleFilter.Area => AreaResampling.Apply(this, placement),
        ResampleFilter.Bicubic or ResampleFilter.Lanczos => PillowResampling.Apply(this, placement),
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
