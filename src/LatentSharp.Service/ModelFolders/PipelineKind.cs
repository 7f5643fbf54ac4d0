using System.Collections.Immutable;
using LatentSharp.Models.Pixel;
using LatentSharp.Service.Generating;

namespace LatentSharp.Service.ModelFolders;

/// <summary>A part that a pipeline needs beside its diffusion model.</summary>
/// <param name="Name">What it is called in results: <c>autoencoder</c>, <c>clip-l</c>, <c>t5-tokenizer</c>.</param>
/// <param name="Title">The same for people.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Models">Which ones do, the usual one first; of an autoencoder the latent space.</param>
internal sealed record PipelineNeed(string Name, string Title, ModelPartKind Kind, params string[] Models);

/// <summary>What it takes to make pictures with a diffusion model.</summary>
/// <param name="Model">The model: <c>flux1-dev</c>.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Space">The id of its latent space; null where it is not known.</param>
/// <param name="Needs">What it needs beside the model itself; only the autoencoder where the rest is not known here.</param>
internal sealed record PipelineKind(string Model, string Title, string? Space, ImmutableArray<PipelineNeed> Needs)
{
    // Small models of tests and experiments have encoders of their own widths.
    private static readonly PipelineNeed ClipL = new("clip-l", "CLIP-L", ModelPartKind.TextEncoder, "clip-l", "clip"),
        ClipG = new("clip-g", "CLIP-G", ModelPartKind.TextEncoder, "clip-g"),
        ClipH = new("clip-h", "OpenCLIP-H", ModelPartKind.TextEncoder, "clip-h"),
        T5 = new("t5-xxl", "T5-XXL", ModelPartKind.TextEncoder, "t5-xxl", "t5"),
        ClipWords = new("clip-tokenizer", "vocabulary of CLIP", ModelPartKind.Tokenizer, "clip"),
        T5Words = new("t5-tokenizer", "vocabulary of T5", ModelPartKind.Tokenizer, "t5");

    private static readonly ImmutableArray<PipelineNeed> Flux = [ClipL, T5, ClipWords, T5Words], Sd3 = [ClipL, ClipG, T5];

    /// <summary>What FLUX.1 needs beside that for a picture as a prompt.</summary>
    public static ImmutableArray<PipelineNeed> Redux { get; } =
    [
        new PipelineNeed("redux", "FLUX.1 Redux", ModelPartKind.Adapter, "flux1-redux"),
        new PipelineNeed("image-encoder", "SigLIP", ModelPartKind.ImageEncoder, "siglip-so400m", "siglip"),
    ];

    /// <summary>The pipelines of which all parts are known.</summary>
    public static ImmutableArray<PipelineKind> Known { get; } =
    [
        Of("flux1-dev", "FLUX.1 [dev]", LatentSpace.Flux1, Flux), Of("flux1-schnell", "FLUX.1 [schnell]", LatentSpace.Flux1, Flux),
        Of("flux1-fill", "FLUX.1 Fill", LatentSpace.Flux1, Flux), Of("flux1-control", "FLUX.1 Canny or Depth", LatentSpace.Flux1, Flux),
        Of("flux1", "FLUX.1", LatentSpace.Flux1, Flux), Of("chroma", "Chroma", LatentSpace.Flux1, [T5]),
        Of("sd1", "Stable Diffusion 1.x", LatentSpace.Sd1, [ClipL]), Of("sd2", "Stable Diffusion 2.x", LatentSpace.Sd1, [ClipH]),
        Of("sdxl", "Stable Diffusion XL", LatentSpace.Sdxl, [ClipL, ClipG]),
        Of("sd3", "Stable Diffusion 3", LatentSpace.Sd3, Sd3), Of("sd35-medium", "Stable Diffusion 3.5 Medium", LatentSpace.Sd3, Sd3),
        Of("sd35-large", "Stable Diffusion 3.5 Large", LatentSpace.Sd3, Sd3),
        // Pixels need no autoencoder; the scheduler beside the weights says what their noise was.
        new(UNet2DWeights.Name, GeneratePixels.Title, LatentSpace.Pixels.Id, [new PipelineNeed("scheduler", "scheduler", ModelPartKind.Scheduler)]),
    ];

    /// <summary>Those that are listed even where no model of theirs is there.</summary>
    public static ImmutableArray<string> Usual { get; } = ["flux1-dev", "flux1-schnell", "sd1", "sdxl", "sd3"];

    /// <summary>The pipeline of a diffusion model.</summary>
    public static PipelineKind Of(ModelPart model) => Known.FirstOrDefault(k => k.Model == model.Model)
        ?? Of(model.Model ?? "", model.Title, model.Space is null ? null : LatentSpace.Find(model.Space), []);

    private static PipelineKind Of(string model, string title, LatentSpace? space, ImmutableArray<PipelineNeed> needs)
        => new(model, title, space?.Id,
            space is null ? needs : [new PipelineNeed("autoencoder", "autoencoder", ModelPartKind.Autoencoder, space.Id), .. needs]);
}
