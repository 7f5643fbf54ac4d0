namespace LatentSharp.Autoencoders.Opening;

/// <summary>Weights that are no autoencoder but that people take for one, told by the names of their tensors.</summary>
internal static class KnownModels
{
    // Names of black-forest-labs/flux, sd-scripts, diffusers and transformers; the particular ones before the general.
    private static readonly (string Mark, string Name)[] Marks =
    [
        ("lora_up.", "a LoRA"), ("lora_down.", "a LoRA"), ("lora_A.", "a LoRA"), ("lora_B.", "a LoRA"), (".lora.up.", "a LoRA"),
            ("hada_w1_a", "a LoHa, a kind of LoRA"), ("lokr_w1", "a LoKr, a kind of LoRA"),
        ("control_model.", "a ControlNet"), ("controlnet_down_blocks.", "a ControlNet"), ("controlnet_blocks.", "a ControlNet"),
            ("input_hint_block.", "a ControlNet"),
        ("single_stream_modulation.lin.", "a FLUX.2 transformer without its autoencoder"), ("double_blocks.0.", "a FLUX.1 transformer without its autoencoder"),
        ("single_transformer_blocks.0.", "a FLUX transformer (diffusers names) without its autoencoder"),
            ("joint_blocks.0.", "a Stable Diffusion 3 transformer without its autoencoder"),
        ("blocks.0.cross_attn.", "a Wan transformer without its autoencoder"),
            ("txt_norm.", "a Qwen-Image transformer without its autoencoder"), ("transformer_blocks.0.", "a diffusion transformer without its autoencoder"),
        ("label_emb.0.0.", "the UNet of Stable Diffusion XL without its autoencoder"),
            ("add_embedding.linear_1.", "the UNet of Stable Diffusion XL (diffusers names) without its autoencoder"),
        ("input_blocks.0.0.", "the UNet of Stable Diffusion without its autoencoder"),
            ("down_blocks.0.attentions.0.transformer_blocks.", "the UNet of Stable Diffusion (diffusers names) without its autoencoder"),
        ("time_embedding.linear_1.", "a UNet (diffusers names) without its autoencoder"),
            ("text_model.encoder.layers.0.", "a CLIP text encoder"), ("encoder.block.0.layer.0.SelfAttention.", "a T5 text encoder"),
        ("vision_model.encoder.layers.0.", "a CLIP image encoder"), ("model.layers.0.self_attn.", "a language model"),
            ("token_embd.weight", "a language model or text encoder (GGUF)"),
    ];

    /// <summary>What the names are those of, in words; null when they are of nothing that is known here.</summary>
    public static string? NameOf(IReadOnlyCollection<string> names)
    {
        foreach ((string mark, string name) in Marks)
            if (names.FirstOrDefault(n => n.Contains(mark, StringComparison.Ordinal)) is not null) return name;
        return null;
    }
}
