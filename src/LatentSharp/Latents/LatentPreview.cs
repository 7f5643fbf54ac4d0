namespace LatentSharp.Latents;

/// <summary>
/// A rough picture of a latent without any network: a linear map from channels to colours, one pixel for each position (1/8 of the picture
/// each way). Good enough to see a composition during sampling.
/// </summary>
public static class LatentPreview
{
    /// <summary>Whether factors for the space are known: flux1, sd3, sd1, sdxl, flux2.</summary>
    public static bool Supports(LatentSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        return LatentPreviewFactors.Of(space.Id) is { } known && space.ModelChannels * ImageTensor.Channels == known.Factors.Length;
    }

    /// <summary>
    /// The previews of all pictures of a latent: [N, 3, h, w], nominally in [-1, 1], not clamped. A packed FLUX.2 latent gives [N, 3, 2h,
    /// 2w].
    /// </summary>
    /// <exception cref="LatentSharpException">No factors are known for the latent's space.</exception>
    public static ImageTensor Render(Latent latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        if (!Supports(latent.Space))
            throw new LatentSharpException(ErrorKind.BadInput, latent.Space.Id,
                $"no preview colours are known for latents of {latent.Space.Title}.", "Decode it instead.");
        (float[] factors, float[] bias) = LatentPreviewFactors.Of(latent.Space.Id)!.Value;
        int patch = latent.Space.Patch, channels = latent.Space.ModelChannels;
        var picture = new ImageTensor(latent.Batch, latent.Height * patch, latent.Width * patch);
        for (int n = 0; n < latent.Batch; n++)
            for (int colour = 0; colour < ImageTensor.Channels; colour++)
            {
                Span<float> plane = picture.Plane(n, colour);
                plane.Fill(bias[colour]);
                for (int c = 0; c < channels; c++)
                    for (int part = 0; part < patch * patch; part++) // packed channel = c * 4 + row * 2 + column within the patch
                        Add(latent.Plane(n, c * patch * patch + part), factors[c * ImageTensor.Channels + colour], plane, latent.Width,
                            patch, part / patch, part % patch);
            }
        return picture;
    }

    private static void Add(ReadOnlySpan<float> from, float factor, Span<float> to, int width, int patch, int top, int left)
    {
        for (int i = 0; i < from.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, width);
            to[(row * patch + top) * width * patch + column * patch + left] += from[i] * factor;
        }
    }
}
