using System.Text.Json;
using LatentSharp.Tests.ModelFolders;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent models</c> from outside.</summary>
[Collection(CommandsCollection.Name)]
public sealed class ModelsTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void What_is_there_and_what_is_missing_is_listed()
    {
        Shared.Require("spec/manifests");
        SampleModels.Comfy(place.File("models"));
        SampleModels.Diffusers(place.File("models/diffusers/FLUX.1-schnell"));
        JsonElement result = place.Latent("models", "models", "--json").Expect(0).Json;
        JsonElement[] pipelines = [.. result.GetProperty("pipelines").EnumerateArray()];
        Assert.Equal(["painted complete", "FLUX.1-schnell complete", "flux1-dev complete", "flux1-schnell-fp8 complete", "sd1 incomplete", "sd3 incomplete"],
            pipelines.Select(p => $"{p.GetProperty("name").GetString()} {(p.GetProperty("complete").GetBoolean() ? "complete" : "incomplete")}"));
        string said = place.Latent("models", "models", "--all").Expect(0).Output;
        Assert.Contains("FLUX.1-schnell  FLUX.1 [schnell]: complete", said, StringComparison.Ordinal);
        Assert.Contains("Stable Diffusion 3: sd3_medium.safetensors", said, StringComparison.Ordinal);
        Assert.Contains("a LoRA for FLUX.1", said, StringComparison.Ordinal);
    }

    /// <summary>Sizes, digests and licences: shared/spec/known-files.json and flux1-pipeline.md, sections 10 and 11.</summary>
    [Fact]
    public void A_missing_part_is_named_with_what_to_fetch()
    {
        Shared.Require("spec/manifests");
        SampleModels.Invoke(place.File("invoke"));
        string text = Path.Combine(place.File("invoke"), "any/t5_encoder");
        Directory.Delete(text, recursive: true);
        place.Latent("ae", "add-folder", "invoke").Expect(0);
        JsonElement pipeline = place.Latent("models", "--json").Expect(0).Json.GetProperty("pipelines")[1];    // behind the embedded one
        Assert.Equal(("flux1-dev", false), (pipeline.GetProperty("name").GetString(), pipeline.GetProperty("complete").GetBoolean()));
        JsonElement t5 = pipeline.GetProperty("parts").EnumerateArray().Single(p => p.GetProperty("part").GetString() == "t5-xxl");
        JsonElement fetch = t5.GetProperty("fetch");
        Assert.Equal((JsonValueKind.Null, "t5xxl_fp16.safetensors", 9_787_841_024, "6e480b09fae049a72d2a8c5fbccb8d3e92febeb233bbe9dfe7256958a9167635",
            "Apache-2.0"), (t5.GetProperty("path").ValueKind, fetch.GetProperty("file").GetString(), fetch.GetProperty("bytes").GetInt64(),
            fetch.GetProperty("sha256").GetString(), fetch.GetProperty("licence").GetString()));
        Assert.Contains("T5-XXL              MISSING: t5xxl_fp16.safetensors, 9,787,841,024 bytes", place.Latent("models").Expect(0).Output,
            StringComparison.Ordinal);
    }

    /// <summary>As google/ddpm-* lays them out, and as today's pipelines do.</summary>
    [Theory]
    [InlineData("cat", "cat")]
    [InlineData("deeper/cat", "deeper/cat/unet")]
    public void Models_on_pixels_are_listed_and_make_pictures_under_the_name_that_is_shown(string pipeline, string unet)
    {
        Shared.Require("golden/unet2d");
        string weights = Directory.CreateDirectory(place.File("models/" + unet)).FullName, folder = place.File("models/" + pipeline);
        File.Copy(Shared.Path("golden/unet2d/cifar-w32.safetensors"), Path.Combine(weights, "diffusion_pytorch_model.safetensors"));
        File.Copy(Shared.Path("golden/unet2d/cifar-w32.config.json"), Path.Combine(weights, "config.json"));
        File.WriteAllText(Path.Combine(folder, "model_index.json"), """{"_class_name": "DDPMPipeline"}""");
        Assert.Contains("UNet2D on pixels: incomplete", place.Latent("models", "models").Expect(0).Output, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "scheduler_config.json"), """{"_class_name": "DDPMScheduler"}""");
        JsonElement found = place.Latent("models", "models", "--json").Expect(0).Json.GetProperty("pipelines")[0];
        Assert.Equal(("cat", "unet2d", "pixels", true), (found.GetProperty("name").GetString(), found.GetProperty("model").GetString(),
            found.GetProperty("space").GetString(), found.GetProperty("complete").GetBoolean()));
        Assert.Equal(["diffusion-model", "scheduler"], found.GetProperty("parts").EnumerateArray().Select(p => p.GetProperty("part").GetString()));
        place.Latent("ae", "add-folder", "models").Expect(0);
        place.Latent("generate", "--model", "cat", "--steps", "2", "--seed", "1", "-o", "cat.png").Expect(0);
        Assert.True(File.Exists(place.File("cat.png")));
    }

    [Fact]
    public void Without_a_folder_it_says_how_to_register_one()
    {
        Assert.Contains("latent ae add-folder", place.Latent("models").Expect(0).Output, StringComparison.Ordinal);
        place.Latent("models", "nowhere").Expect(4);
    }
}
