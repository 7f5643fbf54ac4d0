using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Latents;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Generating;

/// <summary>The pictures of a request, read.</summary>
/// <param name="Images">As the pipeline takes them; null where there are none.</param>
/// <param name="Init">The picture that is changed, where it was given as pixels.</param>
/// <param name="Size">The size of the result.</param>
/// <param name="Redux">The picture that is a part of the prompt, as SigLIP sees it; null for none.</param>
internal sealed record GenerationInputs(FluxImages? Images, ImageTensor? Init, PixelSize Size, ImageTensor? Redux)
{
    private const int Standard = 1024;   // where the model does not say what it was trained with

    /// <summary>Reads them and holds their sizes against each other.</summary>
    /// <param name="request">The request.</param>
    /// <param name="flux">What they are for.</param>
    public static GenerationInputs Of(GenerateRequest request, FluxPipeline flux)
    {
        int side = flux.TrainedSide ?? Standard;
        FluxImages images = new() { Rule = GenerationWords.Rule(request.Rule) };
        if (request.Init is { } path)
            images = IsLatent(path) ? images with { InitLatent = LatentInput.Load(path, LatentSpace.Flux1).Latent }
                : images with { Init = PictureInput.Single(path) };
        images = images with
        {
            Control = request.Control is null ? null : PictureInput.Single(request.Control),
            References = [.. request.References.Select(PictureInput.Single)
                .Select(r => request.FitReferences ? KontextReference.Fit(r) : r)],
        };
        PixelSize size = request.Size ?? (images.Init is { } init ? new PixelSize(init.Width, init.Height)
            : images.InitLatent is { } latent ? new PixelSize(latent.Width * latent.Space.Factor, latent.Height * latent.Space.Factor)
            : images.Control is { } control ? new PixelSize(control.Width, control.Height)
            : new PixelSize(side, side));
        Same(images.Init, request.Init);
        Same(images.Control, request.Control);
        if (request.Mask is { } mask)
        {
            ImageTensor picture = PictureInput.Single(mask);
            Same(picture, mask);
            images = images with { Mask = Grey(picture) };
        }
        bool none = images is { Init: null, InitLatent: null, Mask: null, Control: null, References.Count: 0 };
        ImageTensor? redux = request.Redux is null ? null : ResizedPicture.ForSiglip(PictureInput.Single(request.Redux), flux.Redux.Side);
        return new GenerationInputs(none ? null : images, images.Init, size, redux);

        void Same(ImageTensor? image, string? file)
        {
            if (image is not null && (image.Width != size.Width || image.Height != size.Height))
                throw new LatentSharpException(ErrorKind.BadInput, file!,
                    $"it has {image.Width} x {image.Height} pixels; the picture has {size.Width} x {size.Height}.",
                    new Remedy(RemedyKind.GiveOption, "Give one of the picture's size, or another size.", "size"));
        }
    }

    private static bool IsLatent(string path)
    {
        if (!FileContent.IsSafetensors(path)) return false;
        using var file = LatentSharp.Weights.Files.SafetensorsFile.Open(path);
        return LatentFile.KindOf(file) != LatentFileKind.None;
    }

    // White is 1: the mean of the three channels, from [-1, 1].
    private static float[] Grey(ImageTensor picture)
    {
        int plane = picture.Width * picture.Height;
        float[] grey = new float[plane], v = picture.Values;
        for (int i = 0; i < plane; i++) grey[i] = Math.Clamp((v[i] + v[i + plane] + v[i + 2 * plane]) / 6 + 0.5f, 0, 1);
        return grey;
    }
}
