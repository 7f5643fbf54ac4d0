using LatentSharp.Service.ModelFolders;
using LatentSharp.Tests.Weights;

namespace LatentSharp.Tests.ModelFolders;

/// <summary>Folders of models as programs lay them out, looked through by headers alone.</summary>
public sealed class ModelScanTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ModelScanTests() => Shared.Require("spec/manifests");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_parts_of_ComfyUIs_folders_are_named()
        => Assert.Equal(
        [
            "checkpoints/painted.safetensors: DiffusionModel sdxl sdxl; TextEncoder clip-l ; TextEncoder clip-g ",
            "diffusion_models/flux1-dev.safetensors: DiffusionModel flux1-dev flux1",
            "diffusion_models/flux1-schnell-fp8.safetensors: DiffusionModel flux1-schnell flux1",
            "loras/broken.safetensors: !",
            "loras/style.safetensors: Lora flux1 flux1",
            "text_encoders/clip_l.safetensors: TextEncoder clip-l ",
            "text_encoders/t5xxl_fp16.safetensors: TextEncoder t5-xxl ",
            "text_encoders/t5xxl_fp8_e4m3fn.safetensors: TextEncoder t5-xxl ",
            "vae/ae.safetensors: Autoencoder flux1 flux1",
            "vae/sdxl_vae.safetensors: Autoencoder sdxl sdxl",
            "vae/unnamed.safetensors: Autoencoder sd1 sd1 or sdxl, playground25",
        ], Listed(SampleModels.Comfy(folder.File("models"))));

    [Fact]
    public void The_parts_of_a_folder_of_diffusers_are_named_and_shards_are_one()
    {
        string root = SampleModels.Diffusers(folder.File("models/FLUX.1-schnell"));
        Assert.Equal(
        [
            "FLUX.1-schnell/text_encoder: TextEncoder clip-l ", "FLUX.1-schnell/text_encoder_2: TextEncoder t5-xxl ",
            "FLUX.1-schnell/tokenizer: Tokenizer clip ", "FLUX.1-schnell/tokenizer_2: Tokenizer t5 ",
            "FLUX.1-schnell/transformer: DiffusionModel flux1-schnell flux1", "FLUX.1-schnell/vae: Autoencoder flux1 flux1",
        ], Listed(folder.File("models")));
        Assert.All(ModelScan.Of(folder.File("models")), f => Assert.Equal(root, f.Pipeline));
        // A part by itself is a folder of models too.
        Assert.Equal(["vae: Autoencoder flux1 flux1"], Listed(Path.Combine(root, "vae")));
    }

    [Fact]
    public void The_parts_of_Forges_and_InvokeAIs_folders_are_named()
    {
        Assert.Equal(
        [
            "Stable-diffusion/sd3-medium.safetensors: DiffusionModel sd3 sd3",
            "Stable-diffusion/whole.safetensors: DiffusionModel sdxl sdxl; TextEncoder clip-l ; TextEncoder clip-g ; Autoencoder sdxl sdxl",
            "VAE/ae.safetensors: Autoencoder flux1 flux1",
        ], Listed(SampleModels.Forge(folder.File("forge"))));
        Assert.Equal(
        [
            "any/clip_embed/clip-vit-large-patch14/text_encoder: TextEncoder clip-l ",
            "any/t5_encoder/t5_base/text_encoder_2: TextEncoder t5-xxl ",
            "flux/main/flux1-dev.safetensors: DiffusionModel flux1-dev flux1", "flux/vae/ae.safetensors: Autoencoder flux1 flux1",
        ], Listed(SampleModels.Invoke(folder.File("invoke"))));
    }

    [Fact]
    public void A_link_that_leads_back_is_followed_once()
    {
        HeaderOnly.Write(folder.File("models/vae/ae.safetensors"), HeaderOnly.Published("flux1-ae"));
        Directory.CreateSymbolicLink(folder.File("models/vae/again"), folder.File("models"));
        Assert.Single(Listed(folder.File("models")));
    }

    [Fact]
    public void Latents_and_captions_are_no_models()
    {
        Directory.CreateDirectory(folder.File("set"));
        LatentFile.Save(folder.File("set/a.safetensors"), new Latent(LatentSpace.Flux1, new float[16 * 64], 1, 8, 8));
        File.WriteAllText(folder.File("set/a.txt"), "a kitten");
        Assert.Empty(Listed(folder.File("set")));
    }

    private static string[] Listed(string path) => [.. ModelScan.Of(path).Select(f =>
        $"{f.Name.Replace('\\', '/')}: {(f.Problem is null ? "" : "!")}{string.Join("; ", f.Parts.Select(Shown))}")];

    private static string Shown(ModelPart part)
        => $"{part.Kind} {part.Model} {part.Space}{(part.OtherSpaces is null ? "" : $" or {string.Join(", ", part.OtherSpaces)}")}";
}
