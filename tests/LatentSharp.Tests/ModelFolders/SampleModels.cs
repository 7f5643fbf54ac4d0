using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights;

namespace LatentSharp.Tests.ModelFolders;

/// <summary>
/// Folders of models as programs lay them out, of files of full size that hold a header and nothing else. Names and shapes are those of
/// shared/spec/manifests, and for UNets those few by which they are told.
/// </summary>
internal static class SampleModels
{
    /// <summary>ComfyUI: a folder for each kind of part.</summary>
    public static string Comfy(string folder)
    {
        Published(folder, "diffusion_models/flux1-dev.safetensors", "flux1-dev-transformer");
        Published(folder, "diffusion_models/flux1-schnell-fp8.safetensors", "flux1-schnell-transformer", ElementType.F8_E4M3);
        Published(folder, "vae/ae.safetensors", "flux1-ae", ElementType.F32);
        Published(folder, "vae/sdxl_vae.safetensors", "sd-vae-bare", ElementType.F32);
        Published(folder, "vae/unnamed.safetensors", "sd-vae-bare", ElementType.F16);
        Published(folder, "text_encoders/clip_l.safetensors", "clip-l-text", ElementType.F16);
        Published(folder, "text_encoders/t5xxl_fp16.safetensors", "t5xxl-encoder", ElementType.F16);
        Published(folder, "text_encoders/t5xxl_fp8_e4m3fn.safetensors", "t5xxl-encoder", ElementType.F8_E4M3);
        SdXl(folder, "checkpoints/painted.safetensors", autoencoder: false);
        HeaderOnly.Write(Path.Combine(folder, "loras/style.safetensors"),
            [HeaderOnly.Tensor("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", 16, 3072)]);
        File.WriteAllText(Path.Combine(folder, "loras/broken.safetensors"), "<!DOCTYPE html><html>");
        File.WriteAllText(Path.Combine(folder, "vae/put_vae_here"), "");
        return folder;
    }

    /// <summary>Forge: whole checkpoints in Stable-diffusion, what they lack beside it.</summary>
    public static string Forge(string folder)
    {
        SdXl(folder, "Stable-diffusion/whole.safetensors", autoencoder: true);
        HeaderOnly.Write(Path.Combine(folder, "Stable-diffusion/sd3-medium.safetensors"),
            [HeaderOnly.Tensor("model.diffusion_model.joint_blocks.0.context_block.adaLN_modulation.1.bias", 9216)]);
        Published(folder, "VAE/ae.safetensors", "flux1-ae", ElementType.F32);
        return folder;
    }

    /// <summary>diffusers: a folder with an index, a folder for each part, large weights in several files.</summary>
    public static string Diffusers(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "model_index.json"), """{ "_class_name": "FluxPipeline" }""");
        TensorInfo[] transformer = [.. HeaderOnly.Published("flux1-schnell-transformer-diffusers")];
        string[] shards = ["diffusion_pytorch_model-00001-of-00002.safetensors", "diffusion_pytorch_model-00002-of-00002.safetensors"];
        for (int i = 0; i < 2; i++)
            HeaderOnly.Write(Path.Combine(folder, "transformer", shards[i]), transformer.Where((_, n) => n % 2 == i));
        File.WriteAllText(Path.Combine(folder, "transformer/diffusion_pytorch_model.safetensors.index.json"), JsonSerializer.Serialize(
            new { weight_map = transformer.Select((t, n) => (t.Name, shards[n % 2])).ToDictionary(t => t.Name, t => t.Item2) }));
        Configuration(folder, "transformer", """{ "_class_name": "FluxTransformer2DModel" }""");
        Published(folder, "vae/diffusion_pytorch_model.safetensors", "flux1-ae-diffusers");
        Configuration(folder, "vae", """{ "_class_name": "AutoencoderKL", "latent_channels": 16, "scaling_factor": 0.3611, "shift_factor": 0.1159 }""");
        Published(folder, "text_encoder/model.safetensors", "clip-l-text");
        Configuration(folder, "text_encoder", """{ "architectures": ["CLIPTextModel"] }""");
        Published(folder, "text_encoder_2/model.safetensors", "t5xxl-encoder");
        Configuration(folder, "text_encoder_2", """{ "architectures": ["T5EncoderModel"] }""");
        foreach (string file in (string[])["tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer_2/spiece.model"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllText(Path.Combine(folder, file), "{}");
        }
        return folder;
    }

    /// <summary>InvokeAI: base, kind, name.</summary>
    public static string Invoke(string folder)
    {
        Published(folder, "flux/main/flux1-dev.safetensors", "flux1-dev-transformer");
        Published(folder, "flux/vae/ae.safetensors", "flux1-ae", ElementType.F32);
        Published(folder, "any/clip_embed/clip-vit-large-patch14/text_encoder/model.safetensors", "clip-l-text");
        Configuration(folder, "any/clip_embed/clip-vit-large-patch14/text_encoder", "{}");
        Published(folder, "any/t5_encoder/t5_base/text_encoder_2/model.safetensors", "t5xxl-encoder");
        Configuration(folder, "any/t5_encoder/t5_base/text_encoder_2", "{}");
        return folder;
    }

    /// <summary>The embedded autoencoder's file beside a checkpoint and a LoRA, for which no reference data is needed.</summary>
    public static string Mini(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "vae"));
        File.Copy(Repository.Path("assets/models/flux1-mini.safetensors"), Path.Combine(folder, "vae/mini.safetensors"));
        SdXl(folder, "checkpoints/painted.safetensors", autoencoder: false);
        HeaderOnly.Write(Path.Combine(folder, "loras/style.safetensors"),
            [HeaderOnly.Tensor("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", 16, 3072)]);
        return folder;
    }

    private static void Published(string folder, string path, string manifest, ElementType type = ElementType.BF16)
        => HeaderOnly.Write(Path.Combine(folder, path), HeaderOnly.Published(manifest), type);

    private static void Configuration(string folder, string part, string text) => File.WriteAllText(Path.Combine(folder, part, "config.json"), text);

    private static void SdXl(string folder, string path, bool autoencoder)
        => HeaderOnly.Write(Path.Combine(folder, path),
        [
            HeaderOnly.Tensor("model.diffusion_model.input_blocks.0.0.weight", 320, 4, 3, 3),
            HeaderOnly.Tensor("model.diffusion_model.label_emb.0.0.weight", 1280, 2816),
            HeaderOnly.Tensor("conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight", 49408, 768),
            HeaderOnly.Tensor("conditioner.embedders.1.model.transformer.resblocks.0.ln_1.weight", 1280),
            .. autoencoder ? HeaderOnly.Published("sd-vae-bare").Select(t => new TensorInfo("first_stage_model." + t.Name, t.Type, t.Shape)) : [],
        ]);
}
