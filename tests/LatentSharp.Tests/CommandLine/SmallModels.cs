using LatentSharp.Tests.Vulkan;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// The small FLUX.1 models of golden/end-to-end under the published names, laid out as programs lay out theirs. What the shapes of small
/// models do not show stands in a <c>config.json</c> beside them.
/// </summary>
internal static class SmallModels
{
    /// <summary>What shapes do not show.</summary>
    public const string Configuration = """{"axes_dims_rope": [4, 10, 10], "num_attention_heads": 4, "eos_token_id": 2}""";

    private const string Schnell = "end-to-end/flux-tiny-e2e-schnell.safetensors", Dev = "end-to-end/flux-tiny-e2e-dev.safetensors",
        Clip = "text/clip-w24.safetensors", T5 = "text/t5-w24.safetensors", Ae = "flux-ae/flux-ch32s-bf16.safetensors";

    /// <summary>The options that name each part.</summary>
    public static string[] Parts(Workplace place, string model = "flux-tiny-e2e-schnell")
    {
        File.WriteAllText(place.File("parts.json"), Configuration);
        return ["--transformer", Shared.Path($"golden/end-to-end/{model}.safetensors"), "--clip", Shared.Path("golden/" + Clip), "--t5",
            Shared.Path("golden/" + T5), "--tokenizers", Shared.Path("golden/text"), "--ae", Shared.Path("golden/" + Ae), "--config",
            place.File("parts.json")];
    }

    /// <summary>ComfyUI: a folder for each kind of part.</summary>
    public static void Comfy(string folder)
    {
        Copy(Schnell, folder, "diffusion_models/flux1-schnell.safetensors");
        Copy(Dev, folder, "diffusion_models/flux1-dev.safetensors");
        Copy(Clip, folder, "text_encoders/clip_l.safetensors");
        Copy(T5, folder, "text_encoders/t5xxl_fp16.safetensors");
        Copy(Ae, folder, "vae/ae.safetensors");
        foreach (string kind in (string[])["diffusion_models", "text_encoders"]) Configure(folder, kind);
        Vocabularies(folder, "tokenizers", "tokenizers");
    }

    /// <summary>FLUX.1 Redux and the encoder that it sees with, where ComfyUI has them. The adapter's weights are drawn.</summary>
    public static void Redux(string folder)
    {
        foreach (string kind in (string[])["style_models", "clip_vision"]) Directory.CreateDirectory(Path.Combine(folder, kind));
        Adapter(Path.Combine(folder, "style_models/flux1-redux-dev.safetensors"), 24);
        File.Copy(Repository.Path("tests/LatentSharp.Tests/Models/Vision/siglip-tiny.safetensors"),
            Path.Combine(folder, "clip_vision/sigclip_vision_patch14_384.safetensors"));
        Configure(folder, "clip_vision");
    }

    /// <summary>An adapter of Redux that takes so many features, and gives the 24 that the small models take.</summary>
    public static void Adapter(string path, int width)
    {
        const int Hidden = 72, Features = 24;
        SafetensorsWriter.Write(path, [Of("redux_up.weight", Hidden, width), Of("redux_up.bias", Hidden),
            Of("redux_down.weight", Features, Hidden), Of("redux_down.bias", Features)]);

        static SafetensorsEntry Of(string name, params long[] shape)
        {
            float[] values = VulkanNetwork.Values(shape.Aggregate((a, b) => a * b), name.Length);
            return SafetensorsEntry.Of(name, Array.ConvertAll(values, v => v / 2), shape);
        }
    }

    /// <summary>Forge: checkpoints, encoders and autoencoders in folders of its own names.</summary>
    public static void Forge(string folder)
    {
        Copy(Schnell, folder, "Stable-diffusion/flux1-schnell.safetensors");
        Copy(Clip, folder, "text_encoder/clip_l.safetensors");
        Copy(T5, folder, "text_encoder/t5xxl_fp16.safetensors");
        Copy(Ae, folder, "VAE/ae.safetensors");
        foreach (string kind in (string[])["Stable-diffusion", "text_encoder"]) Configure(folder, kind);
        Vocabularies(folder, "tokenizers", "tokenizers");
    }

    /// <summary>InvokeAI: base, kind, name. The vocabularies lie beside their encoders.</summary>
    public static void Invoke(string folder)
    {
        Copy(Schnell, folder, "flux/main/flux1-schnell.safetensors");
        Copy(Ae, folder, "flux/vae/ae.safetensors");
        Copy(Clip, folder, "any/clip_embed/clip-vit-large-patch14/text_encoder/model.safetensors");
        Copy(T5, folder, "any/t5_encoder/t5_base/text_encoder_2/model.safetensors");
        foreach (string kind in (string[])["flux/main", "any/clip_embed/clip-vit-large-patch14/text_encoder",
            "any/t5_encoder/t5_base/text_encoder_2"]) Configure(folder, kind);
        Vocabularies(folder, "any/clip_embed/clip-vit-large-patch14/tokenizer", "any/t5_encoder/t5_base/tokenizer_2");
    }

    /// <summary>diffusers: a folder for each part.</summary>
    public static void Diffusers(string folder)
    {
        folder = Path.Combine(folder, "flux1-schnell");
        Copy(Schnell, folder, "transformer/diffusion_pytorch_model.safetensors");
        Copy(Ae, folder, "vae/diffusion_pytorch_model.safetensors");
        Copy(Clip, folder, "text_encoder/model.safetensors");
        Copy(T5, folder, "text_encoder_2/model.safetensors");
        foreach (string kind in (string[])["transformer", "text_encoder", "text_encoder_2"]) Configure(folder, kind);
        File.WriteAllText(Path.Combine(folder, "vae/config.json"),
            """{"_class_name": "AutoencoderKL", "latent_channels": 16, "scaling_factor": 0.3611, "shift_factor": 0.1159}""");
        File.WriteAllText(Path.Combine(folder, "model_index.json"), """{ "_class_name": "FluxPipeline" }""");
        Vocabularies(folder, "tokenizer", "tokenizer_2");
    }

    private static void Configure(string folder, string kind) => File.WriteAllText(Path.Combine(folder, kind, "config.json"), Configuration);

    private static void Vocabularies(string folder, string clip, string t5)
    {
        Copy("text/vocab.json", folder, clip + "/vocab.json");
        Copy("text/merges.txt", folder, clip + "/merges.txt");
        Copy("text/spiece.model", folder, t5 + "/spiece.model");
    }

    private static void Copy(string golden, string folder, string name)
    {
        string to = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(Shared.Path("golden/" + golden), to);
    }
}
