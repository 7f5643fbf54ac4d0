namespace LatentSharp.Latents;

/// <summary>
/// What of a latent is looked at to tell what it is, so that the work has a bound whatever a file holds: all of an ordinary one, the middle
/// of a very large one, the first pictures of very many.
/// </summary>
internal static class LatentSample
{
    // The latent of a picture of 8192x8192 pixels at 1/8 of the size.
    private const int MostPositions = 1 << 20, Side = 1 << 10, MostPictures = 1 << 12;

    /// <summary>The latent itself, or a part of it.</summary>
    public static Latent Of(Latent latent)
    {
        if ((long)latent.Batch * latent.Height * latent.Width <= MostPositions && latent.Batch <= MostPictures) return latent;
        int width = Math.Min(latent.Width, MostPositions / Math.Min(latent.Height, Side));
        int height = Math.Min(latent.Height, MostPositions / width);
        int batch = Math.Min(Math.Min(latent.Batch, MostPictures), MostPositions / (width * height));
        int top = (latent.Height - height) / 2, left = (latent.Width - width) / 2;
        var part = new Latent(latent.Space, new float[batch * latent.Channels * height * width], batch, height, width);
        for (int image = 0; image < batch; image++)
            for (int c = 0; c < latent.Channels; c++)
                for (int y = 0; y < height; y++)
                    latent.Plane(image, c).Slice((top + y) * latent.Width + left, width).CopyTo(part.Plane(image, c)[(y * width)..]);
        return part;
    }
}
