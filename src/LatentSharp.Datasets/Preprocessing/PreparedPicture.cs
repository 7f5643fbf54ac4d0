
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

    /// <summary>Decodes a picture file and places it.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="upright">Whether the orientation that the file asks for is applied. Some trainers leave pictures as they are
    /// stored.</param>
    /// <exception cref="LatentSharpException">It is no picture, damaged, or too small for the rule.</exception>
    public static PreparedPicture Of(byte[] file, string name, BucketRule rule, bool upright)
    {
        Picture picture = PictureFile.Load(file, new PictureOptions { AsStored = !upright }, name);
        ImageTensor image = picture.Image;
        Placement placement = Named(name, () => rule.Place(new Extent(image.Width, image.Height)));
        List<string> notes = [.. picture.Notes];
        if (!upright && picture.Info.Orientation != 1) notes.Add("left as stored, not turned upright: the trainer does the same");
        // A picture that is taken whole keeps what it has beyond 8 bits.
        if (placement.Filter != ResampleFilter.None || placement.Bucket != placement.Picture)
            image = Pixels.Of(image).Placed(placement).ToImage();
        return new PreparedPicture(image, placement, notes, picture.Info.Orientation != 1);
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
