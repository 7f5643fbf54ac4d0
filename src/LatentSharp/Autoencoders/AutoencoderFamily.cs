using System.Collections.Immutable;

namespace LatentSharp;

/// <summary>A kind of autoencoder that people have a name for.</summary>
/// <param name="Id">A short stable name, such as <c>flux1</c> or <c>taesd</c>.</param>
/// <param name="Title">The name people use.</param>
/// <param name="Space">The latent space it speaks; a file may bring its own constants.</param>
/// <param name="PublishedAs">The names under which its files are published, for people.</param>
public sealed record AutoencoderFamily(string Id, string Title, LatentSpace Space, string PublishedAs)
{
    /// <summary>FLUX.1.</summary>
    public static AutoencoderFamily Flux1 { get; } = new("flux1", "FLUX.1", LatentSpace.Flux1, "ae.safetensors");

    /// <summary>FLUX.2.</summary>
    public static AutoencoderFamily Flux2 { get; } = new("flux2", "FLUX.2", LatentSpace.Flux2, "flux2-vae.safetensors");

    /// <summary>Stable Diffusion 1.x and 2.x.</summary>
    public static AutoencoderFamily Sd1 { get; } = new("sd1", "Stable Diffusion 1.x/2.x", LatentSpace.Sd1, "vae-ft-mse-840000-ema-pruned.safetensors");

    /// <summary>Stable Diffusion XL.</summary>
    public static AutoencoderFamily Sdxl { get; } = new("sdxl", "Stable Diffusion XL", LatentSpace.Sdxl, "sdxl_vae.safetensors");

    /// <summary>Playground v2.5.</summary>
    public static AutoencoderFamily Playground25 { get; } = new("playground25", "Playground v2.5", LatentSpace.Playground25,
        "playground-v2.5-1024px-aesthetic.safetensors");

    /// <summary>The Stable Diffusion x4 upscaler.</summary>
    public static AutoencoderFamily SdUpscaler { get; } = new("sd-x4", "Stable Diffusion x4 upscaler", LatentSpace.SdUpscaler, "x4-upscaler-ema.safetensors");

    /// <summary>Stable Diffusion 3 and 3.5.</summary>
    public static AutoencoderFamily Sd3 { get; } = new("sd3", "Stable Diffusion 3", LatentSpace.Sd3,
        "diffusion_pytorch_model.safetensors of the SD3 vae folder");

    /// <summary>TAESD, the tiny autoencoder for Stable Diffusion 1.x and 2.x.</summary>
    public static AutoencoderFamily Taesd { get; } = new("taesd", "TAESD", LatentSpace.Sd1, "taesd_encoder.safetensors and taesd_decoder.safetensors");

    /// <summary>TAESDXL, the tiny autoencoder for Stable Diffusion XL.</summary>
    public static AutoencoderFamily Taesdxl { get; } = new("taesdxl", "TAESDXL", LatentSpace.Sdxl,
        "taesdxl_encoder.safetensors and taesdxl_decoder.safetensors");

    /// <summary>TAESD3, the tiny autoencoder for Stable Diffusion 3.</summary>
    public static AutoencoderFamily Taesd3 { get; } = new("taesd3", "TAESD3", LatentSpace.Sd3, "taesd3_encoder.safetensors and taesd3_decoder.safetensors");

    /// <summary>TAEF1, the tiny autoencoder for FLUX.1.</summary>
    public static AutoencoderFamily Taef1 { get; } = new("taef1", "TAEF1", LatentSpace.Flux1, "taef1_encoder.safetensors and taef1_decoder.safetensors");

    /// <summary>TAEF2, the tiny autoencoder for FLUX.2.</summary>
    public static AutoencoderFamily Taef2 { get; } = new("taef2", "TAEF2", LatentSpace.Flux2, "taef2_encoder.pth and taef2_decoder.pth");

    /// <summary>TAESana, the tiny autoencoder for Sana.</summary>
    public static AutoencoderFamily Taesana { get; } = new("taesana", "TAESana", LatentSpace.Sana, "taesana_encoder.pth and taesana_decoder.pth");

    /// <summary>DC-AE, the deep compression autoencoder of Sana.</summary>
    public static AutoencoderFamily Sana { get; } = new("sana", "DC-AE (Sana)", LatentSpace.Sana, "diffusion_pytorch_model.safetensors of the Sana vae folder");

    /// <summary>Wan 2.1 and Qwen-Image, whose latents are of one space.</summary>
    public static AutoencoderFamily Wan21 { get; } = new("wan21", "Wan 2.1 and Qwen-Image", LatentSpace.Wan21,
        "wan_2.1_vae.safetensors and qwen_image_vae.safetensors");

    /// <summary>Wan 2.2 TI2V-5B.</summary>
    public static AutoencoderFamily Wan22 { get; } = new("wan22", "Wan 2.2 TI2V-5B", LatentSpace.Wan22, "wan2.2_vae.safetensors");

    /// <summary>Qwen-Image-2.1.</summary>
    public static AutoencoderFamily QwenImage21 { get; } = new("qwen-image-2.1", "Qwen-Image-2.1", LatentSpace.QwenImage21,
        "qwen_image_2.1_vae_bf16.safetensors");

    /// <summary>HunyuanImage 2.1.</summary>
    public static AutoencoderFamily HunyuanImage21 { get; } = new("hunyuan-image-2.1", "HunyuanImage 2.1", LatentSpace.HunyuanImage21,
        "hunyuan_image_2.1_vae_fp16.safetensors");

    /// <summary>CogView4 and CogView3-Plus.</summary>
    public static AutoencoderFamily CogView4 { get; } = new("cogview4", "CogView4", LatentSpace.CogView4,
        "diffusion_pytorch_model.safetensors of the CogView4 vae folder");

    /// <summary>TAEHV for Wan 2.1 and Qwen-Image.</summary>
    public static AutoencoderFamily Taew21 { get; } = new("taew2_1", "TAEHV for Wan 2.1", LatentSpace.Wan21, "taew2_1.pth");

    /// <summary>TAEHV for Wan 2.2 TI2V-5B.</summary>
    public static AutoencoderFamily Taew22 { get; } = new("taew2_2", "TAEHV for Wan 2.2", LatentSpace.Wan22, "taew2_2.pth");

    /// <summary>No autoencoder at all: the identity, for models that work on pixels.</summary>
    public static AutoencoderFamily Pixels { get; } = new("pixels", "Pixel space", LatentSpace.Pixels, "none: pixel space needs no file");

    /// <summary>Every family with a name.</summary>
    public static ImmutableArray<AutoencoderFamily> All { get; } = [Flux1, Flux2, Sd1, Sdxl, Playground25, SdUpscaler, Sd3, Taesd, Taesdxl,
        Taesd3, Taef1, Taef2, Taesana, Sana, Wan21, Wan22, QwenImage21, HunyuanImage21, CogView4, Taew21, Taew22, Pixels];

    /// <summary>The family with the given <see cref="Id"/>, or null.</summary>
    public static AutoencoderFamily? Find(string id)
        => All.FirstOrDefault(f => string.Equals(f.Id, id, StringComparison.OrdinalIgnoreCase));

    /// <summary>The families that speak a space.</summary>
    public static IEnumerable<AutoencoderFamily> Speaking(LatentSpace space) => All.Where(f => f.Space == space);

    /// <summary>Part of a sentence that says which autoencoders fit a latent of the given space.</summary>
    internal static string Fitting(LatentSpace space)
    {
        string[] fits = [.. Speaking(space).Select(f => $"{f.Title} ({f.PublishedAs})")];
        if (space == LatentSpace.Flux1) fits = [.. fits, "the embedded autoencoder"];
        return fits.Length == 0 ? $"an autoencoder of the space {space}" : string.Join(", or ", fits);
    }

    /// <inheritdoc/>
    public override string ToString() => Title;
}
