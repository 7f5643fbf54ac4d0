using LatentSharp.Latents;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>The pictures of a request as the model takes them.</summary>
/// <param name="Init">The picture that is changed, [16, h, w].</param>
/// <param name="Mask">What is made anew of it, [h, w].</param>
/// <param name="Beside">What each token has beside the noise.</param>
/// <param name="Reference">Tokens of reference pictures.</param>
/// <param name="ReferenceIds">Their positions.</param>
internal sealed record RunImages(float[]? Init, float[]? Mask, float[]? Beside, float[]? Reference, float[]? ReferenceIds)
{
    /// <summary>Encodes what has to be encoded.</summary>
    public static RunImages Of(FluxRequest request, DenoiserFacts facts, IAutoencoder? autoencoder, ComputeOptions compute,
        CancellationToken cancellationToken)
    {
        FluxImages images = request.Images ?? new FluxImages();
        int height = request.Height, width = request.Width;
        int tokens = LatentTokens.Count(height / LatentTokens.Factor, width / LatentTokens.Factor);
        // Fill begins with noise alone unless a strength says otherwise, and knows what stays from the tokens beside it.
        bool begins = !facts.IsFill || request.Sampling.Strength < 1;
        float[]? init = !begins ? null : images.InitLatent?.Values ?? (images.Init is { } picture ? Encode(picture) : null);
        float[]? mask = null, beside = null;
        if (images.Mask is { } given && facts.IsFill) beside = Fill(images.Init!, given);
        else if (images.Mask is { } kept) mask = Masks.OfLatent(kept, height, width, images.Rule);
        if (images.Control is { } control) beside = Pack(Encode(control), height, width);
        List<float> reference = [], ids = [];
        int rows = 0, columns = 0;
        foreach (ImageTensor one in images.References)
        {
            reference.AddRange(Pack(Encode(one), one.Height, one.Width));
            (int h, int w) = (LatentTokens.Along(one.Height / LatentTokens.Factor), LatentTokens.Along(one.Width / LatentTokens.Factor));
            // ComfyUI's "offset": the next one stands to the right of or below all before, whichever keeps the whole squarer.
            (int top, int left) = h + rows > w + columns ? (0, columns) : (rows, 0);
            ids.AddRange(LatentTokens.Ids(1, h, w, top, left));
            (rows, columns) = (Math.Max(rows, h + top), Math.Max(columns, w + left));
        }
        return new RunImages(init, mask, beside, reference.Count > 0 ? [.. reference] : null, ids.Count > 0 ? [.. ids] : null);

        float[] Encode(ImageTensor image)
            => autoencoder!.Encode(image, new EncodeOptions { Compute = compute with { KeepWeights = false } }, null,
                cancellationToken).Values;

        float[] Fill(ImageTensor image, float[] whole)
        {
            (float[] blank, float[] shown) = Masks.OfFill(whole, images.Rule);
            var masked = new ImageTensor(1, height, width);
            for (int i = 0; i < masked.Values.Length; i++) masked.Values[i] = image.Values[i] * (1 - blank[i % blank.Length]);
            return LatentTokens.Beside(Pack(Encode(masked), height, width), LatentTokens.PackMask(shown, height, width), tokens);
        }

        static float[] Pack(float[] latent, int height, int width)
            => LatentTokens.Pack(latent, height / LatentTokens.Factor, width / LatentTokens.Factor);
    }
}

/// <summary>Masks as the programs read them.</summary>
internal static class Masks
{
    /// <summary>A mask of pixels on the grid of the latent.</summary>
    public static float[] OfLatent(float[] mask, int height, int width, ImageRule rule)
    {
        int rows = height / LatentTokens.Factor, columns = width / LatentTokens.Factor;
        var small = new float[rows * columns];
        for (int i = 0; i < small.Length; i++)
        {
            int y = i / columns * LatentTokens.Factor, x = i % columns * LatentTokens.Factor;
            // The middle of eight pixels lies between the fourth and the fifth.
            small[i] = rule == ImageRule.Diffusers ? Cut(mask[y * width + x])
                : (Pair(mask, (y + 3) * width + x + 3) + Pair(mask, (y + 4) * width + x + 3)) / 4;
        }
        return small;

        static float Pair(float[] values, int at) => values[at] + values[at + 1];
    }

    /// <summary>How much of each pixel Fill does not see, and the mask that it is shown.</summary>
    public static (float[] Blank, float[] Shown) OfFill(float[] grey, ImageRule rule)
    {
        if (rule == ImageRule.Bfl) return (grey, grey);
        if (rule == ImageRule.Comfy) return ([.. grey.Select(v => MathF.Round(v))], grey);
        float[] cut = [.. grey.Select(Cut)];
        return (cut, cut);
    }

    private static float Cut(float value) => value >= 0.5f ? 1 : 0;
}
