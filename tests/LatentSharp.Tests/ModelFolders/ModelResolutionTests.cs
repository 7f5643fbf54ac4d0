using LatentSharp.Service.ModelFolders;
using LatentSharp.Tests.Weights;

namespace LatentSharp.Tests.ModelFolders;

/// <summary>From a name, a folder or a file to the parts of a pipeline.</summary>
public sealed class ModelResolutionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly AutoencoderLibrary library;

    public ModelResolutionTests()
    {
        Shared.Require("spec/manifests");
        library = new AutoencoderLibrary(folder.File("home"));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("flux1-dev")]
    [InlineData("FLUX1-dev.safetensors")]
    [InlineData("diffusion_models/flux1-dev.safetensors")]
    public void A_name_leads_to_the_parts_in_registered_folders(string name)
    {
        string models = library.RegisterFolder(SampleModels.Comfy(folder.File("models")));
        PipelineFacts found = ModelResolution.Find(library, name);
        Assert.Equal(("flux1-dev", "flux1-dev", "flux1", false), (found.Name, found.Model, found.Space, found.Complete));
        Assert.Equal([
            "diffusion-model diffusion_models/flux1-dev.safetensors", "autoencoder vae/ae.safetensors", "clip-l text_encoders/clip_l.safetensors",
            "t5-xxl text_encoders/t5xxl_fp16.safetensors", "clip-tokenizer ", "t5-tokenizer ",
        ], Parts(found, models));
        // A fuller type first; the others that would do are named.
        Assert.EndsWith("t5xxl_fp8_e4m3fn.safetensors", Assert.Single(found.Parts[3].Others), StringComparison.Ordinal);
    }

    /// <summary>The model's own name where no file is called so.</summary>
    [Fact]
    public void A_models_name_leads_to_the_file_that_holds_it()
    {
        library.RegisterFolder(SampleModels.Comfy(folder.File("models")));
        Assert.Equal("flux1-schnell-fp8", ModelResolution.Find(library, "flux1-schnell").Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("transformer")]
    [InlineData("transformer/diffusion_pytorch_model.safetensors.index.json")]
    public void A_folder_of_diffusers_is_complete_by_itself(string below)
    {
        string root = SampleModels.Diffusers(folder.File("FLUX.1-schnell"));
        library.RegisterFolder(SampleModels.Comfy(folder.File("models")));
        PipelineFacts found = ModelResolution.Find(library, Path.Combine(root, below));
        Assert.Equal(("FLUX.1-schnell", "flux1-schnell", true), (found.Name, found.Model, found.Complete));
        Assert.Equal(["diffusion-model transformer", "autoencoder vae", "clip-l text_encoder", "t5-xxl text_encoder_2", "clip-tokenizer tokenizer",
            "t5-tokenizer tokenizer_2"], Parts(found, root));
        Assert.Equal((root, Path.Combine(root, "vae")), (found.Tokenizers, found.PathOf("autoencoder")));
        if (below.Length == 0) Assert.Equal(root, ModelResolution.Find(Registered(folder.File(".")), "flux.1-SCHNELL").Parts[0].Path![..root.Length]);
    }

    /// <summary>Beside a checkpoint in ComfyUI's folders lie those of the other parts, registered or not.</summary>
    [Fact]
    public void A_file_in_a_folder_of_models_finds_its_parts_beside_it()
    {
        string models = SampleModels.Comfy(folder.File("models"));
        PipelineFacts found = ModelResolution.Find(library, Path.Combine(models, "checkpoints/painted.safetensors"));
        Assert.Equal(["diffusion-model checkpoints/painted.safetensors", "autoencoder vae/sdxl_vae.safetensors",
            "clip-l checkpoints/painted.safetensors", "clip-g checkpoints/painted.safetensors"], Parts(found, models));
        Assert.True(found.Complete);
    }

    [Fact]
    public void A_whole_checkpoint_is_its_own_parts()
    {
        string file = Path.Combine(SampleModels.Forge(folder.File("forge")), "Stable-diffusion/whole.safetensors");
        Assert.All(ModelResolution.Find(library, file).Parts, p => Assert.Equal(file, p.Path));
    }

    /// <summary>The digest of flux1-dev: shared/spec/known-files.json.</summary>
    [Fact]
    public void What_leads_nowhere_is_answered_with_what_to_fetch()
    {
        library.RegisterFolder(SampleModels.Forge(folder.File("forge")));
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => ModelResolution.Find(library, "flux1-dev"));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains(folder.File("forge"), error.Message, StringComparison.Ordinal);
        Assert.Contains("23,802,932,552 bytes, sha256 4610115bb0c89560703c892c59ac2742fa821e60ef5871b33493ba544683abd7", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_stands_for_several_or_none_is_refused()
    {
        string models = SampleModels.Comfy(folder.File("models"));
        LatentSharpException several = Assert.Throws<LatentSharpException>(() => ModelResolution.Find(library, models));
        Assert.Equal(ErrorKind.Usage, several.Kind);
        Assert.Contains("flux1-dev.safetensors", several.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.BadInput,
            Assert.Throws<LatentSharpException>(() => ModelResolution.Find(library, Path.Combine(models, "vae/ae.safetensors"))).Kind);
        Assert.Contains("web page", Assert.Throws<LatentSharpException>(
            () => ModelResolution.Find(library, Path.Combine(models, "loras/broken.safetensors"))).Message, StringComparison.Ordinal);
    }

    private AutoencoderLibrary Registered(string path)
    {
        library.RegisterFolder(path);
        return library;
    }

    private static string[] Parts(PipelineFacts found, string root)
        => [.. found.Parts.Select(p => $"{p.Part} {(p.Path is null ? "" : Path.GetRelativePath(root, p.Path).Replace('\\', '/'))}")];
}
