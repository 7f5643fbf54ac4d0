using LatentSharp.Networks;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Networks;

/// <summary>What weights hold, told by names and shapes alone.</summary>
public class NetworkRecognitionTests
{
    /// <summary>Full-size models: names and shapes in shared/spec/manifests.</summary>
    [Theory]
    [InlineData("flux1-dev-transformer", "DiffusionModel", "flux1-dev", "flux1")]
    [InlineData("flux1-dev-transformer-diffusers", "DiffusionModel", "flux1-dev", "flux1")]
    [InlineData("flux1-schnell-transformer", "DiffusionModel", "flux1-schnell", "flux1")]
    [InlineData("flux1-schnell-transformer-diffusers", "DiffusionModel", "flux1-schnell", "flux1")]
    [InlineData("clip-l-text", "TextEncoder", "clip-l", null)]
    [InlineData("t5xxl-encoder", "TextEncoder", "t5-xxl", null)]
    [InlineData("ddpm-cat-256", "DiffusionModel", "unet2d", "pixels")]
    public void Published_networks_are_named(string manifest, string role, string? model, string? space)
    {
        Shared.Require("spec/manifests");
        Network network = Assert.Single(NetworkRecognition.Of(new NamesOnly(manifest)));
        Assert.Equal((role, model, space, ""), (network.Role.ToString(), network.Model, network.Space?.Id, network.Prefix));
    }

    [Theory]
    [InlineData("flux1-ae")]
    [InlineData("flux1-ae-diffusers")]
    [InlineData("sd-vae")]
    [InlineData("wan21-ae")]
    [InlineData("wan22-ae-diffusers")]
    [InlineData("hunyuan-image-2.1-ae")]
    [InlineData("taef1-diffusers")]
    [InlineData("taew2_1")]
    public void An_autoencoder_is_none_of_them(string manifest)
    {
        Shared.Require("spec/manifests");
        Assert.Empty(NetworkRecognition.Of(new NamesOnly(manifest)));
    }

    /// <summary>Files of every program that writes LoRAs: shared/golden/lora, all for FLUX.1.</summary>
    [Theory]
    [InlineData("base-model-bfl")]
    [InlineData("base-model-diffusers")]
    [InlineData("bfl-control")]
    [InlineData("bfl-peft")]
    [InlineData("comfy-diff")]
    [InlineData("diffusers-peft")]
    [InlineData("dora")]
    [InlineData("kohya")]
    [InlineData("kohya-from-split")]
    [InlineData("kohya-schnell")]
    [InlineData("lokr")]
    [InlineData("onetrainer")]
    [InlineData("onetrainer-bfl")]
    [InlineData("xlabs")]
    public void A_LoRA_is_one_and_its_model_is_known(string name)
    {
        Shared.Require("golden/lora");
        using WeightFile file = WeightFiles.Open(Shared.Path($"golden/lora/{name}.safetensors"));
        Network network = Assert.Single(NetworkRecognition.Of(file));
        Assert.Equal((NetworkRole.Lora, "flux1", LatentSpace.Flux1), (network.Role, network.Model, network.Space));
    }

    /// <summary>Names as sd-scripts and diffusers write them; the width of the text that a UNet attends to tells which.</summary>
    [Theory]
    [InlineData("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", 768, "sd1")]
    [InlineData("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", 1024, "sd2")]
    [InlineData("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight", 2048, "sdxl")]
    [InlineData("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight", 2048, "sdxl")]
    [InlineData("lora_unet_joint_blocks_0_context_block_attn_qkv.lora_down.weight", 1536, "sd3")]
    [InlineData("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", 6144, "flux2")]
    [InlineData("diffusion_model.blocks.0.cross_attn.k.lora_A.weight", 5120, "wan")]
    public void The_base_of_a_LoRA_is_told_by_its_modules(string tensor, int inputs, string model)
    {
        Assert.Equal(model, Assert.Single(NetworkRecognition.Of(Source($"{tensor}:4,{inputs}"))).Model);
    }

    /// <summary>Shapes as in the published configurations of the models.</summary>
    [Theory]
    [InlineData("sd1", "sd1", "model.diffusion_model.input_blocks.0.0.weight:320,4,3,3",
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight:320,768")]
    [InlineData("sd2", "sd1", "input_blocks.0.0.weight:320,4,3,3", "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight:320,1024")]
    [InlineData("sd-x4", "sd-x4", "input_blocks.0.0.weight:256,7,3,3", "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight:320,1024")]
    [InlineData("sdxl", "sdxl", "conv_in.weight:320,4,3,3", "down_blocks.0.resnets.0.conv1.weight:320,320,3,3", "add_embedding.linear_1.weight:1280,2816")]
    [InlineData("wan", "wan21", "patch_embedding.weight:1536,16,1,2,2", "blocks.0.cross_attn.k.weight:1536,1536")]
    [InlineData("wan22", "wan22", "patch_embedding.weight:3072,48,1,2,2", "blocks.0.cross_attn.k.weight:3072,3072")]
    [InlineData("flux1-fill", "flux1", "img_in.weight:3072,384", "double_blocks.0.img_attn.qkv.weight:9216,3072", "guidance_in.in_layer.weight:3072,256")]
    [InlineData("chroma", "flux1", "distilled_guidance_layer.in_proj.weight:5120,64", "double_blocks.0.img_attn.qkv.weight:9216,3072")]
    [InlineData("flux2", "flux2", "double_blocks.0.img_attn.qkv.weight:18432,6144", "single_stream_modulation.lin.weight:18432,6144")]
    [InlineData("sd35-large", "sd3", "joint_blocks.0.x_block.attn.qkv.weight:7296,2432", "joint_blocks.37.x_block.attn.qkv.weight:7296,2432")]
    public void The_variant_of_a_diffusion_model_is_told_by_its_shapes(string model, string space, params string[] tensors)
    {
        Network network = Assert.Single(NetworkRecognition.Of(Source(tensors)));
        Assert.Equal((NetworkRole.DiffusionModel, model, space), (network.Role, network.Model, network.Space?.Id));
    }

    [Fact]
    public void A_checkpoint_names_all_its_parts()
    {
        Network[] found = [.. NetworkRecognition.Of(Source("model.diffusion_model.input_blocks.0.0.weight:320,4,3,3",
            "model.diffusion_model.label_emb.0.0.weight:1280,2816",
            "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight:49408,768",
            "conditioner.embedders.1.model.transformer.resblocks.0.ln_1.weight:1280", "first_stage_model.decoder.conv_in.weight:512,4,3,3"))];
        Assert.Equal(["sdxl", "clip-l", "clip-g"], found.Select(f => f.Model));
        Assert.Equal(["model.diffusion_model.", "conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."], found.Select(f => f.Prefix));
    }

    [Theory]
    [InlineData("controlnet_blocks.0.weight", "ControlNet")]
    [InlineData("control_model.input_blocks.0.0.weight", "ControlNet")]
    [InlineData("ip_adapter.1.to_k_ip.weight", "Adapter")]
    [InlineData("vision_model.encoder.layers.0.mlp.fc1.weight", "ImageEncoder")]
    [InlineData("model.layers.0.self_attn.q_proj.weight", "TextEncoder")]
    [InlineData("model.1.sub.0.RDB1.conv1.0.weight", "Upscaler")]
    public void Other_things_in_folders_of_models_are_named(string tensor, string role)
        => Assert.Equal(role, Assert.Single(NetworkRecognition.Of(Source(tensor + ":4,4"))).Role.ToString());

    /// <summary>Names of llama.cpp, and a whole transformer in a GGUF file: shared/golden/gguf.</summary>
    [Theory]
    [InlineData("t5-small.gguf", "t5")]
    [InlineData("flux-tiny-schnell.gguf", "flux1-schnell")]
    public void Networks_in_GGUF_files_are_named(string name, string model)
    {
        Shared.Require("golden/gguf");
        using WeightFile file = WeightFiles.Open(Shared.Path("golden/gguf/" + name));
        Assert.Equal(model, Assert.Single(NetworkRecognition.Of(file)).Model);
    }

    [Fact]
    public void What_is_not_known_is_nothing() => Assert.Empty(NetworkRecognition.Of(Source("weight:1", "state.step:1")));

    private static NamesOnly Source(params string[] tensors) => new("weights", tensors.Select(t => t.Split(':'))
        .Select(t => HeaderOnly.Tensor(t[0], [.. t[1].Split(',').Select(long.Parse)])));
}
