namespace LatentSharp.Latents.Trainers;

/// <summary>A model as a trainer knows it: what it is called, and how the latents for it are kept.</summary>
/// <param name="Architecture">The word in names of files.</param>
/// <param name="Space">The latent space.</param>
/// <param name="IsUnscaled">Whether values are kept in the autoencoder's own space: the trainer scales them itself.</param>
internal sealed record TrainerModel(string Architecture, LatentSpace Space, bool IsUnscaled = false)
{
    /// <summary>The word in metadata, where it is another.</summary>
    public string FullName { get; init; } = Architecture;

    /// <summary>Whether the tensor's name counts frames.</summary>
    public bool CountsFrames { get; init; }

    /// <summary>kohya's sd-scripts (<c>library/strategy_*.py</c>, 48d368f).</summary>
    public static IReadOnlyList<TrainerModel> Kohya { get; } =
    [
        new("flux", LatentSpace.Flux1), new("lumina", LatentSpace.Flux1), new("sd", LatentSpace.Sd1, true),
        new("sdxl", LatentSpace.Sdxl, true), new("sd3", LatentSpace.Sd3, true), new("hi", LatentSpace.HunyuanImage21, true),
        new("anima", LatentSpace.Wan21),
    ];

    /// <summary>musubi-tuner (<c>dataset/image_video_dataset.py</c>, 30c658c), as far as single pictures are concerned.</summary>
    public static IReadOnlyList<TrainerModel> Musubi { get; } =
    [
        new("zi", LatentSpace.Flux1, true) { FullName = "z_image", CountsFrames = true },
        new("fk", LatentSpace.Flux1) { FullName = "flux_kontext", CountsFrames = true },
        new("f2d", LatentSpace.Flux2) { FullName = "flux_2_dev" }, new("f2k4b", LatentSpace.Flux2) { FullName = "flux_2_klein_4b" },
        new("f2k9b", LatentSpace.Flux2) { FullName = "flux_2_klein_9b" },
        new("qi", LatentSpace.Wan21) { FullName = "qwen_image", CountsFrames = true },
        new("qil", LatentSpace.Wan21) { FullName = "qwen_image_layered", CountsFrames = true },
    ];

    /// <summary>ai-toolkit's <c>latent_space_version</c> (<c>toolkit/dataloader_mixins.py</c>, 27a03a9).</summary>
    public static IReadOnlyList<TrainerModel> AiToolkit { get; } =
    [
        new("flux1", LatentSpace.Flux1), new("flux_kontext", LatentSpace.Flux1), new("chroma", LatentSpace.Flux1),
        new("zimage", LatentSpace.Flux1), new("sd1", LatentSpace.Sd1), new("sdxl", LatentSpace.Sdxl), new("sd3", LatentSpace.Sd3),
        new("flux2", LatentSpace.Flux2), new("flux2_klein_4b", LatentSpace.Flux2), new("qwen_image", LatentSpace.Wan21),
    ];

    /// <summary>SimpleTuner's <c>model_family</c>, of those whose latents it scales as diffusers does.</summary>
    public static IReadOnlyList<TrainerModel> SimpleTuner { get; } =
    [
        new("flux", LatentSpace.Flux1), new("chroma", LatentSpace.Flux1), new("z-image", LatentSpace.Flux1), new("sd1x", LatentSpace.Sd1),
        new("sdxl", LatentSpace.Sdxl), new("sd3", LatentSpace.Sd3),
    ];

    /// <summary>OneTrainer's models whose cache holds the autoencoder's own values (<c>modules/dataLoader</c>, 23df383).</summary>
    public static IReadOnlyList<TrainerModel> OneTrainer { get; } =
    [
        new("flux", LatentSpace.Flux1, true), new("chroma", LatentSpace.Flux1, true), new("z_image", LatentSpace.Flux1, true),
        new("sd", LatentSpace.Sd1, true), new("sdxl", LatentSpace.Sdxl, true), new("sd3", LatentSpace.Sd3, true),
    ];
}
