using System.Collections.Immutable;

namespace LatentSharp.Autoencoders.Checks;

/// <summary>
/// Diffusion models by the names under which people know them, and the latent spaces in which they work: as ComfyUI
/// (comfy/supported_models.py) or diffusers have it, for Kolors, OmniGen, Ovis-Image and VisualCloze as their publishers say. Most share
/// the autoencoder of an older model, whose tensors do not tell who uses it.
/// </summary>
internal static class ModelNames
{
    /// <summary>Names that are offered.</summary>
    public static readonly ImmutableArray<(string Name, LatentSpace Space)> All =
    [
        .. Of(LatentSpace.Flux1, "flux1-dev", "flux", "flux1-schnell", "flux1-fill", "flux1-kontext", "flux1-krea", "chroma", "hidream", "lumina2",
            "z-image", "omnigen2", "longcat-image", "prx", "ovis-image", "visualcloze", "boogu"),
        .. Of(LatentSpace.Flux2, "flux2-dev", "flux2-klein", "ernie-image", "ideogram4", "lens"),
        .. Of(LatentSpace.Sd1, "sd14", "sd15", "sd21", "pixart-alpha"),
        .. Of(LatentSpace.Sdxl, "sdxl", "pixart-sigma", "kolors", "hunyuan-dit", "auraflow", "lumina-next", "omnigen", "ssd-1b", "segmind-vega",
            "koala"),
        .. Of(LatentSpace.Playground25, "playground25"), .. Of(LatentSpace.Sd3, "sd3", "sd35"), .. Of(LatentSpace.SdUpscaler, "sd-x4"),
        .. Of(LatentSpace.Sana, "sana"), .. Of(LatentSpace.Wan21, "wan", "qwen-image"), .. Of(LatentSpace.Wan22, "wan22-5b"),
        .. Of(LatentSpace.QwenImage21, "qwen-image-2.1"), .. Of(LatentSpace.HunyuanImage21, "hunyuan-image"),
        .. Of(LatentSpace.CogView4, "cogview4", "cogview3-plus"), .. Of(LatentSpace.Pixels, "ddpm"),
    ];

    /// <summary>What names have in common; letters and digits only, the telling parts first.</summary>
    public static readonly ImmutableArray<(string Name, LatentSpace Space)> Parts =
    [
        .. Of(LatentSpace.Flux2, "flux2", "ernieimage", "ideogram4"),
        .. Of(LatentSpace.Flux1, "flux1", "fluxdev", "fluxschnell", "krea", "kontext", "chroma", "zimage", "lumina2", "luminaimage2", "hidream",
            "omnigen2", "longcatimage", "ovisimage", "visualcloze"),
        .. Of(LatentSpace.Sdxl, "sdxl", "xlbase", "diffusionxl", "pony", "illustrious", "pixartsigma", "kolors", "hunyuandit", "auraflow",
            "luminanext", "omnigen", "ssd1b", "segmindvega", "koala"),
        .. Of(LatentSpace.Sd3, "sd3", "diffusion3", "diffusion35"),
        .. Of(LatentSpace.Sd1, "sd1", "sd2", "sdv1", "sdv2", "diffusionv1", "diffusionv2", "diffusion1", "diffusion2", "dreamshaper", "pixartalpha",
            "pixartxl2"),
        .. Of(LatentSpace.Playground25, "playground"), .. Of(LatentSpace.Sana, "sana"), .. Of(LatentSpace.QwenImage21, "qwenimage21"),
        .. Of(LatentSpace.Wan22, "wan22ti2v5b", "wan22ti2v"), .. Of(LatentSpace.Wan21, "qwenimage", "wan21", "wan22"),
        .. Of(LatentSpace.HunyuanImage21, "hunyuanimage"), .. Of(LatentSpace.CogView4, "cogview4", "cogview3plus"),
    ];

    /// <summary>Models that no autoencoder of these families belongs to, by parts of their names, and what they work on.</summary>
    public static readonly ImmutableArray<(string Part, string Reason)> Others =
    [
        ("chromaradiance", "Chroma Radiance works on pixels"), ("hidreamo1", "HiDream-O1 works on pixels"),
        ("stablecascade", "Stable Cascade works on codes of its own stages"), ("wuerstchen", "Wuerstchen works on codes of its own stages"),
        ("kandinsky2", "Kandinsky 2 works in the space of its MoVQ"), ("hunyuanvideo", "HunyuanVideo works on latents of video"),
        ("ltxvideo", "LTX-Video works on latents of video"),
    ];

    private static IEnumerable<(string, LatentSpace)> Of(LatentSpace space, params string[] names) => names.Select(n => (n, space));
}
