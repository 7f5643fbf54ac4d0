using System.Collections.Immutable;

namespace LatentSharp.Networks;

/// <summary>LoRAs and their relatives, and the model that each changes, by the names that the programs which write them use.</summary>
internal static class Loras
{
    // Endings of sd-scripts, PEFT, diffusers, LyCORIS, XLabs and ComfyUI's extraction.
    private static readonly ImmutableArray<(string Mark, string Title)> Kinds =
    [
        ("lora_up.", "a LoRA"), ("lora_down.", "a LoRA"), ("lora_A.", "a LoRA"), ("lora_B.", "a LoRA"), (".lora.up.", "a LoRA"),
        ("_lora.up.", "a LoRA"), (".lora_linear_layer.", "a LoRA"), ("_lora1.up.", "a LoRA"), ("_lora.down.", "a LoRA"),
        ("hada_w1_a", "a LoHa, a kind of LoRA"), ("lokr_w1", "a LoKr, a kind of LoRA"), (".diff_b", "differences, a kind of LoRA"),
    ];

    // Parts of the names of modules, with dots or underscores; the particular ones before the general.
    private static readonly ImmutableArray<(string Dots, string Model)> Modules =
    [
        ("single_stream_modulation", "flux2"), ("distilled_guidance_layer", "chroma"),
        ("double_blocks.", "flux1"), ("single_blocks.", "flux1"), ("joint_blocks.", "sd3"),
        ("single_transformer_blocks.", "flux1"), ("img_mod.1", "qwen-image"), ("attn.add_k_proj", "sd3"),
        ("blocks.0.cross_attn.", "wan"), ("blocks.1.cross_attn.", "wan"),
        ("down_blocks.", "unet"), ("input_blocks.", "unet"), ("output_blocks.", "unet"), ("up_blocks.", "unet"), ("mid_block.", "unet"),
    ];

    private static readonly ImmutableArray<(string Model, string Title, LatentSpace? Space)> Bases =
    [
        ("flux1", "FLUX.1", LatentSpace.Flux1), ("flux2", "FLUX.2", LatentSpace.Flux2), ("chroma", "Chroma", LatentSpace.Flux1),
        ("sd3", "Stable Diffusion 3", LatentSpace.Sd3), ("sd1", "Stable Diffusion 1.x", LatentSpace.Sd1), ("sd2", "Stable Diffusion 2.x", LatentSpace.Sd1),
        ("sdxl", "Stable Diffusion XL", LatentSpace.Sdxl), ("qwen-image", "Qwen-Image", LatentSpace.Wan21), ("wan", "Wan", LatentSpace.Wan21),
    ];

    // What trainers write down: modelspec.architecture, ss_base_model_version (sd-scripts).
    private static readonly ImmutableArray<(string Begin, string Model)> Written =
    [
        ("flux-1", "flux1"), ("flux.1", "flux1"), ("flux1", "flux1"), ("flux2", "flux2"), ("flux-2", "flux2"), ("chroma", "chroma"),
        ("stable-diffusion-xl", "sdxl"), ("sdxl", "sdxl"), ("stable-diffusion-v1", "sd1"), ("sd_v1", "sd1"), ("sd_1", "sd1"),
        ("stable-diffusion-v2", "sd2"), ("sd_v2", "sd2"), ("stable-diffusion-v3", "sd3"), ("stable-diffusion-3", "sd3"), ("sd3", "sd3"),
        ("qwen-image", "qwen-image"), ("wan", "wan"),
    ];

    /// <summary>The LoRA among names, or null.</summary>
    /// <param name="names">The names.</param>
    /// <param name="metadata">What the file says about itself.</param>
    public static Network? Of(NetworkNames names, IReadOnlyDictionary<string, string> metadata)
    {
        foreach ((string mark, string title) in Kinds)
        {
            if (names.First(mark) is not { } tensor) continue;
            string? model = Stated(metadata) ?? Changed(names);
            (_, string? changed, LatentSpace? space) = Bases.FirstOrDefault(b => b.Model == model);
            return changed is null ? new Network(NetworkRole.Lora, null, title, null, tensor)
                : new Network(NetworkRole.Lora, model, $"{title} for {changed}", space, tensor);
        }
        return null;
    }

    private static string? Stated(IReadOnlyDictionary<string, string> metadata)
    {
        foreach (string key in (ReadOnlySpan<string>)["modelspec.architecture", "ss_base_model_version"])
            if (metadata.TryGetValue(key, out string? text)
                && Written.FirstOrDefault(w => text.StartsWith(w.Begin, StringComparison.OrdinalIgnoreCase)).Model is { } model)
                return model;
        return null;
    }

    private static string? Changed(NetworkNames names)
    {
        foreach ((string dots, string model) in Modules)
        {
            if ((names.First(dots) ?? names.First(dots.Replace('.', '_'))) is null) continue;
            return model switch
            {
                // Streams of FLUX.2 [dev] are twice as wide.
                "flux1" => Inputs(names, "img_attn.qkv", "img_attn_qkv", "linear1", "attn.to_q", "attn_to_q") == 6144 ? "flux2" : model,
                "unet" => Inputs(names, "attn2.to_k", "attn2_to_k") switch
                {
                    768 => "sd1",
                    1024 => "sd2",
                    2048 => "sdxl",
                    _ => names.First("lora_te2_") is not null ? "sdxl" : null,
                },
                _ => model,
            };
        }
        return null;
    }

    // Columns of the down matrix of the first module that is called so.
    private static long? Inputs(NetworkNames names, params ReadOnlySpan<string> modules)
    {
        foreach (string module in modules)
            foreach (string name in names.All)
                if (name.Contains(module, StringComparison.Ordinal) && IsDown(name) && names.Dimension(name, 1) is { } columns)
                    return columns;
        return null;

        static bool IsDown(string name) => name.Contains("lora_down.", StringComparison.Ordinal)
            || name.Contains("lora_A.", StringComparison.Ordinal) || name.EndsWith(".down.weight", StringComparison.Ordinal);
    }
}
