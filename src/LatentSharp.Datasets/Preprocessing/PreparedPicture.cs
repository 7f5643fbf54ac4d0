
namespace LatentSharp.Datasets.Preprocessing;

/// <summary>A picture that is ready to be encoded.</summary>
/// <param name="Image">What is encoded: the bucket of the resized picture, or the whole of it.</param>
/// <param name="Placement">Where it came from.</param>
/// <param name="Notes">What was done beyond plain reading.</param>
/// <param name="Turned">Whether its file says that it is shown otherwise than it is stored.</param>
internal sealed record PreparedPicture(ImageTensor Image, Placement Placement, IReadOnlyList<string> Notes, bool Turned)
{
    /// <summary>The version of everything that decides pixels: it is part of what names a latent.</summary>
    public const int Version = 1;

    /// <summary>How opaque each pixel is, 0 to 1, row-major; null when that was not asked for.</summary>
    public float[]? AlphaMask { get; init; }

    /// <summary>Decodes a picture file and places it: its crops, the first of which stands for it.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="settings">How it is read, and how often it is cut.</param>
    /// <exception cref="LatentSharpException">It is no picture, damaged, or too small.</exception>
    public static IReadOnlyList<PreparedPicture> Of(byte[] file, string name, BucketRule rule, PreparationSettings settings)
    {
        Picture picture = PictureFile.Load(file, AlphaRule.Options(settings.Alpha, settings.Upright), name);
        ImageTensor image = picture.Image;
        if (Math.Min(image.Width, image.Height) < settings.MinimumSide)
            throw new LatentSharpException(ErrorKind.BadInput, name,
                $"the picture has {image.Width}x{image.Height} pixels; its shorter side has to have at least {settings.MinimumSide}.",
                "Leave it out, or use a larger version of it.");
        Placement placement = Named(name, () => rule.Place(new Extent(image.Width, image.Height)));
        List<string> notes = [.. picture.Notes];
        bool turned = picture.Info.Orientation != 1;
        if (!settings.Upright && turned) notes.Add("left as stored, not turned upright: the trainer does the same");
        bool masked = settings.Alpha == AlphaRule.Mask;
        // A picture that is taken whole keeps what it has beyond 8 bits.
        if (placement.Filter == ResampleFilter.None && placement.Bucket == placement.Picture)
            return [new PreparedPicture(image, placement, notes, turned) { AlphaMask = masked ? Shares(picture.Opacity,
                placement.Bucket.Area) : null }];
        Pixels pixels = Pixels.Of(image);
        return [.. placement.Crops(settings.Crops).Select(Cut)];

        PreparedPicture Cut(Placement crop)
        {
            (Pixels colours, byte[]? opacity) = picture.Opacity is { } alpha ? pixels.PlacedWith(alpha, crop) : (pixels.Placed(crop), null);
            return new PreparedPicture(colours.ToImage(), crop, notes, turned)
            {
                AlphaMask = masked ? Shares(opacity,
                crop.Bucket.Area) : null
            };
        }
    }

    // A picture without alpha is opaque everywhere.
    private static float[] Shares(byte[]? levels, long count)
    {
        var shares = new float[count];
        if (levels is null) shares.AsSpan().Fill(1);
        else for (int i = 0; i < shares.Length; i++) shares[i] = levels[i] / 255f;
        return shares;
    }

    /// <summary>The same as in a mirror, left to right.</summary>
    public ImageTensor Mirrored()
    {
        var values = (float[])Image.Values.Clone();
        for (int row = 0; row < values.Length; row += Image.Width) values.AsSpan(row, Image.Width).Reverse();
        return new ImageTensor(values, 1, Image.Height, Image.Width);
    }

    private static Placement Named(string name, Func<Placement> place)
    {
        try
        {
            return place();
        }
        catch (LatentSharpException e) when (e.Where.Length == 0)
        {
            throw new LatentSharpException(e.Kind, name, e.What, e.Remedy, e);
        }
    }
}

/// <summary>How pictures are read and cut, beside the rule.</summary>
/// <param name="Upright">Whether the orientation that a file asks for is applied. Some trainers leave pictures as they are stored.</param>
/// <param name="Crops">The most crops of a picture.</param>
/// <param name="Alpha">What becomes of transparency: a word of <see cref="AlphaRule"/>.</param>
/// <param name="MinimumSide">The fewest pixels of the shorter side.</param>
internal sealed record PreparationSettings(bool Upright, int Crops = 1, string Alpha = AlphaRule.Usual, int MinimumSide = 0);
