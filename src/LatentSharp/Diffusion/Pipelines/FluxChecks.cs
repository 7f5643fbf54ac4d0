using LatentSharp.Latents;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>What a request has to be, before anything is computed.</summary>
internal static class FluxChecks
{
    private const int LargestSide = 16384;

    /// <summary>Refuses what makes no sense or does not fit the model.</summary>
    /// <exception cref="LatentSharpException">It is such.</exception>
    public static void Request(FluxRequest request, DenoiserFacts facts, bool hasAutoencoder)
    {
        Size("size", request.Width, request.Height, request.OddSides);
        FluxSampling sampling = request.Sampling;
        if (sampling.Steps is < 1 or > 10_000) throw Usage("steps", $"1 to 10,000 steps can be asked for, not {sampling.Steps}.");
        if (!(sampling.Strength > 0 && sampling.Strength <= 1))
            throw Usage("strength", $"a strength lies above 0 and is at most 1; it is {sampling.Strength}.");
        if (!float.IsFinite(request.Guidance ?? 0)) throw Usage("guidance", "it has to be a number.");
        if (!(request.Cfg >= 1 && double.IsFinite(request.Cfg))) throw Usage("cfg", $"1 is none, more is more; it is {request.Cfg}.");
        if (request.Cfg > 1 && request.Negative is null && request.NegativeConditioning is null)
            throw Usage("cfg", "true guidance needs a negative prompt, which may be empty.");
        FluxImages images = request.Images ?? new FluxImages();
        if (sampling.Strength < 1 && images.Init is null && images.InitLatent is null)
            throw Usage("strength", "a strength below 1 needs a picture to change.");
        Images(request, images, facts, hasAutoencoder);
    }

    /// <summary>The guidance that counts.</summary>
    public static float Guidance(FluxRequest request, DenoiserFacts facts)
        => !facts.Guidance ? 0 : request.Guidance ?? (facts.IsFill ? 30 : facts.IsControl ? 10 : 3.5f);

    private static void Images(FluxRequest request, FluxImages images, DenoiserFacts facts, bool hasAutoencoder)
    {
        Same("init", images.Init);
        Same("control", images.Control);
        if (images.InitLatent is { } latent && (latent.Space.Channels != LatentTokens.Channels || latent.Space.Id != LatentSpace.Flux1.Id
            || latent.Batch != 1
            || latent.Height * LatentTokens.Factor != request.Height || latent.Width * LatentTokens.Factor != request.Width))
            throw new LatentSharpException(ErrorKind.Mismatch, "init",
                $"one latent of {LatentSpace.Flux1} for a picture of {request.Width} x {request.Height} is needed; this is a {latent}.");
        bool init = images.Init is not null || images.InitLatent is not null;
        if (images.Mask is { } mask && mask.Length != (long)request.Height * request.Width)
            throw new LatentSharpException(ErrorKind.BadInput, "mask",
                $"it has {mask.Length} values for a picture of {request.Width} x {request.Height}.",
                "Give a mask of the picture's size.");
        if (images.Mask is not null && !init) throw Usage("mask", "a mask needs the picture that it is about.");
        if (facts.IsFill && (images.Init is null || images.Mask is null))
            throw Usage("init", $"{facts.Variant} fills a part of a picture: it needs the picture's pixels and a mask.");
        if (facts.IsControl != images.Control is not null)
            throw Usage("control", facts.IsControl ? $"{facts.Variant} follows a control picture: name one."
                : $"{facts.Variant} takes no control picture; Canny and Depth do.");
        foreach (ImageTensor reference in images.References) Size("reference", reference.Width, reference.Height, request.OddSides);
        if (images.References.Count > 0 && facts.Channels != LatentTokens.Features)
            throw Usage("reference", $"{facts.Variant} takes no reference pictures; Kontext does.");
        if (!hasAutoencoder && (images.Control is not null || images.References.Count > 0 || facts.IsFill || (images.Init is not null
            && images.InitLatent is null)))
            throw new LatentSharpException(ErrorKind.NotFound, "autoencoder",
                "pictures are encoded by the autoencoder (ae.safetensors), and none was named.");

        void Same(string what, ImageTensor? image)
        {
            if (image is not null && (image.Batch != 1 || image.Height != request.Height || image.Width != request.Width))
                throw new LatentSharpException(ErrorKind.BadInput, what,
                    (image.Batch == 1 ? "it has " : $"these are {image.Batch} pictures of ")
                        + $"{image.Width} x {image.Height} pixels; the result has {request.Width} x {request.Height}.");
        }
    }

    private static void Size(string what, int width, int height, bool odd)
    {
        int grid = odd ? LatentTokens.Factor : LatentTokens.Pixels;
        if (width >= LatentTokens.Pixels && height >= LatentTokens.Pixels && width <= LargestSide && height <= LargestSide
            && width % grid == 0 && height % grid == 0) return;
        int Near(int side) => Math.Clamp((side + grid / 2) / grid * grid, LatentTokens.Pixels, LargestSide);
        throw Usage(what, $"sides are multiples of {grid} up to {LargestSide}; {width} x {height} is not.",
            $"The next one is {Near(width)}x{Near(height)}.");
    }

    private static LatentSharpException Usage(string where, string what, string? next = null) => new(ErrorKind.Usage, where, what, next);
}
