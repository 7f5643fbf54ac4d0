using System.Collections.Immutable;

namespace LatentSharp.Networks;

/// <summary>
/// Transformers and UNets by the tensors that only they have. The names are those by which ComfyUI (comfy/model_detection.py) and diffusers
/// (loaders/single_file_utils.py) tell them; the latent spaces those that the models' own programs use (ComfyUI comfy/supported_models.py).
/// </summary>
internal static class DiffusionModels
{
    // The particular ones before the general.
    private static readonly ImmutableArray<(string Mark, string? And, string? Model, string Title, LatentSpace? Space)> Signs =
    [
        ("edm_mean", "input_blocks.0.0.", "playground25", "Playground v2.5", LatentSpace.Playground25),
        ("single_stream_modulation.lin", null, "flux2", "a FLUX.2 transformer", LatentSpace.Flux2),
        ("single_transformer_blocks.0.attn.to_qkv_mlp_proj.", null, "flux2", "a FLUX.2 transformer (diffusers names)", LatentSpace.Flux2),
        ("distilled_guidance_layer.", null, "chroma", "a Chroma transformer", LatentSpace.Flux1),
        ("individual_token_refiner.", null, null, "a HunyuanVideo or HunyuanImage transformer", null),
        ("double_blocks.0.img_attn_qkv.", null, null, "a HunyuanVideo or HunyuanImage transformer", null),
        ("double_blocks.0.img_attn.", null, "flux1", "a FLUX.1 transformer", LatentSpace.Flux1),
        ("joint_transformer_blocks.0.", null, "auraflow", "an AuraFlow transformer (diffusers names)", LatentSpace.Sdxl),
        ("double_layers.0.attn.w1q.", null, "auraflow", "an AuraFlow transformer", LatentSpace.Sdxl),
        ("single_transformer_blocks.0.attn.", "transformer_blocks.0.attn.add_k_proj.", "flux1", "a FLUX.1 transformer (diffusers names)",
            LatentSpace.Flux1),
        ("joint_blocks.0.", null, "sd3", "a Stable Diffusion 3 transformer", LatentSpace.Sd3),
        ("transformer_blocks.0.attn.add_k_proj.", "pos_embed.proj.", "sd3", "a Stable Diffusion 3 transformer (diffusers names)", LatentSpace.Sd3),
        ("transformer_blocks.0.img_mod.", null, "qwen-image", "a Qwen-Image transformer", LatentSpace.Wan21),
        ("blocks.0.cross_attn.", "patch_embedding.", "wan", "a Wan transformer", LatentSpace.Wan21),
        ("condition_embedder.time_embedder.", "blocks.0.attn2.", "wan", "a Wan transformer (diffusers names)", LatentSpace.Wan21),
        ("noise_refiner.0.", null, null, "a Lumina 2 or Z-Image transformer", LatentSpace.Flux1),
        ("double_stream_blocks.0.block.", null, "hidream", "a HiDream transformer", LatentSpace.Flux1),
        ("mlp_t5.0.", null, "hunyuan-dit", "a HunyuanDiT transformer", LatentSpace.Sdxl),
        ("conv_inverted.", "caption_norm.", "sana", "a Sana transformer (diffusers names)", LatentSpace.Sana),
        ("label_emb.0.0.weight", "input_blocks.0.0.weight", "sdxl", "the UNet of Stable Diffusion XL", LatentSpace.Sdxl),
        ("add_embedding.linear_1.weight", "down_blocks.0.", "sdxl", "the UNet of Stable Diffusion XL (diffusers names)", LatentSpace.Sdxl),
        ("input_blocks.1.1.transformer_blocks.0.", null, "sd1", "the UNet of Stable Diffusion 1.x or 2.x", LatentSpace.Sd1),
        ("down_blocks.0.attentions.0.transformer_blocks.0.", null, "sd1", "the UNet of Stable Diffusion 1.x or 2.x (diffusers names)",
            LatentSpace.Sd1),
        ("input_blocks.0.0.", null, null, "the UNet of Stable Diffusion", null),
        ("time_embedding.linear_1.", "down_blocks.0.resnets.0.", null, "a UNet (diffusers names)", null),
        ("transformer_blocks.0.", null, null, "a diffusion transformer", null),
    ];

    /// <summary>The diffusion model among names, or null.</summary>
    public static Network? Of(NetworkNames names)
    {
        foreach ((string mark, string? and, string? model, string title, LatentSpace? space) in Signs)
        {
            if (names.First(mark) is not { } tensor || and is not null && names.First(and) is null) continue;
            var found = new Network(NetworkRole.DiffusionModel, model, title, space, tensor)
            {
                Prefix = tensor[..Start(tensor, mark)],
            };
            return model switch
            {
                "flux1" => Flux(found, names),
                "sd3" => StableDiffusion3(found, names),
                "sd1" or "sdxl" => UNet(found, names),
                "wan" when names.Dimension(found.Prefix + "patch_embedding.weight", 1) == 48 =>
                    found with { Model = "wan22", Title = "a Wan 2.2 TI2V-5B transformer", Space = LatentSpace.Wan22 },
                _ => found,
            };
        }
        return null;
    }

    // A mark may begin within a part of a name.
    private static int Start(string tensor, string mark)
        => tensor.IndexOf(mark, StringComparison.Ordinal) is > 0 and int at ? tensor.LastIndexOf('.', at - 1) + 1 : 0;

    // Kontext and Krea have the shapes of dev.
    private static Network Flux(Network found, NetworkNames names)
    {
        bool diffusers = found.Tensor.Contains("single_transformer_blocks.", StringComparison.Ordinal);
        string input = diffusers ? "x_embedder.weight" : "img_in.weight";
        bool guidance = names.First(diffusers ? "time_text_embed.guidance_embedder." : "guidance_in.in_layer.") is not null;
        return names.Dimension(found.Prefix + input, 1) switch
        {
            384 => found with { Model = "flux1-fill" },
            128 => found with { Model = "flux1-control" },
            null => found,
            _ => found with { Model = guidance ? "flux1-dev" : "flux1-schnell" },
        };
    }

    private static Network StableDiffusion3(Network found, NetworkNames names)
        => names.First(".attn2.") is not null ? found with { Model = "sd35-medium" }
            : names.First("joint_blocks.37.") is not null || names.First("transformer_blocks.37.") is not null
                ? found with { Model = "sd35-large" } : found;

    // How wide the texts are that it attends to, and how many channels it reads.
    private static Network UNet(Network found, NetworkNames names)
    {
        if (found.Model == "sd1" && names.First("attn2.to_k.weight") is { } keys && names.Dimension(keys, 1) == 1024)
            found = found with { Model = "sd2" };
        long? channels = names.DimensionAt("input_blocks.0.0.weight", 1) ?? names.Dimension(found.Prefix + "conv_in.weight", 1);
        return channels == 7 ? found with { Model = "sd-x4", Title = "the UNet of the Stable Diffusion x4 upscaler", Space = LatentSpace.SdUpscaler }
            : found;
    }
}
