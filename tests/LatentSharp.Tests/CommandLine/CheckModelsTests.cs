using System.Text.Json;
using LatentSharp.Tests.ModelFolders;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent check --models</c> from outside.</summary>
[Collection(CommandsCollection.Name)]
public sealed class CheckModelsTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Each_model_of_a_folder_gets_the_autoencoders_that_fit()
    {
        Shared.Require("spec/manifests");
        SampleModels.Comfy(place.File("models"));
        JsonElement result = place.Latent("check", "--models", "models", "--json").Expect(0).Json;
        Assert.True(result.GetProperty("complete").GetBoolean());
        Assert.Equal(["checkpoints/painted.safetensors: vae/sdxl_vae.safetensors sure, vae/unnamed.safetensors possible",
            "diffusion_models/flux1-dev.safetensors: vae/ae.safetensors sure, embedded preview",
            "diffusion_models/flux1-schnell-fp8.safetensors: vae/ae.safetensors sure, embedded preview"], Fitting(result));
        JsonElement lora = Assert.Single(result.GetProperty("loras").EnumerateArray());
        Assert.Equal(2, lora.GetProperty("models").GetArrayLength());
        Assert.Equal("loras/broken.safetensors", Assert.Single(result.GetProperty("unusable").EnumerateArray()).GetProperty("name").GetString());
        string said = place.Latent("check", "--models", "models").Expect(0).Output;
        Assert.Contains("Every model has an autoencoder.", said, StringComparison.Ordinal);
        Assert.Contains("web page", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_its_autoencoder_is_named_with_what_to_fetch()
    {
        Shared.Require("spec/manifests");
        SampleModels.Forge(place.File("forge"));
        Workplace.Outcome outcome = place.Latent("check", "--models", "forge", "--json").Expect(5);
        Assert.False(outcome.Json.GetProperty("complete").GetBoolean());
        Assert.Equal(["Stable-diffusion/sd3-medium.safetensors: ", "Stable-diffusion/whole.safetensors: Stable-diffusion/whole.safetensors own"],
            Fitting(outcome.Json));
        // The digest of SD3's autoencoder: assets/catalogue/known-autoencoders.json.
        JsonElement fetch = outcome.Json.GetProperty("models")[0].GetProperty("fetch");
        Assert.Equal("f9b67a279283625caee39d61eacb5324243848477b4eb535355eaaa8423d4e09", fetch.GetProperty("sha256").GetString());
        string said = place.Latent("check", "--models", "forge").Expect(5).Output;
        Assert.Contains("NONE HERE", said, StringComparison.Ordinal);
        Assert.Contains("sd3-medium.safetensors lacks its autoencoder: diffusion_pytorch_model.safetensors, 167,666,654 bytes", said, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_model_that_is_not_known_needs_is_left_open()
    {
        // The second half of a transformer of diffusers: single blocks, which several architectures have.
        string unet = Directory.CreateDirectory(place.File("models/unet")).FullName;
        File.Copy(Shared.Path("golden/flux-layouts/diffusion_pytorch_model-00002-of-00002.safetensors"), Path.Combine(unet, "half.safetensors"));
        string said = place.Latent("check", "--models", "models").Expect(0).Output;
        Assert.Contains("Which autoencoder fits unet/half.safetensors cannot be told.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Every model", said, StringComparison.Ordinal);
    }

    /// <summary>A folder of all kinds of models is registered as it is; only autoencoders count as such.</summary>
    [Fact]
    public void Other_models_are_no_autoencoders_that_cannot_be_opened()
    {
        SampleModels.Mini(place.File("models"));
        Assert.Contains("it holds mini.", place.Latent("ae", "add-folder", "models").Expect(0).Output, StringComparison.Ordinal);
        Assert.Equal(["embedded", "pixels", "mini"], place.Latent("ae", "list", "--json").Expect(0).Json.GetProperty("autoencoders").EnumerateArray()
            .Select(a => a.GetProperty("name").GetString()));
    }

    [Fact]
    public void The_autoencoder_of_a_pipeline_is_its_own()
    {
        Shared.Require("spec/manifests");
        SampleModels.Diffusers(place.File("models/FLUX.1-schnell"));
        Assert.Equal(["FLUX.1-schnell/transformer: FLUX.1-schnell/vae own, embedded preview"],
            Fitting(place.Latent("check", "--models", "models", "--json").Expect(0).Json));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_counted_when_asked_for()
    {
        Directory.CreateDirectory(place.File("models"));
        using (SafetensorsFile file = SafetensorsFile.Open(Repository.Path("assets/models/flux1-mini.safetensors")))
        {
            float[] values = file.Read(file.Tensors["decoder.conv_in.bias"]);
            values[3] = float.NaN;
            SafetensorsWriter.Write(place.File("models/nan.safetensors"), file.Tensors.Values.Select(t => t.Name == "decoder.conv_in.bias"
                ? SafetensorsEntry.Of(t.Name, values, t.Shape.Dimensions.AsSpan()) : SafetensorsEntry.Copy(file, t, t.Name, t.Shape)),
                file.Metadata);
        }
        JsonElement autoencoder = place.Latent("check", "--models", "models", "--deep", "--json").Expect(0).Json.GetProperty("autoencoders")[0];
        Assert.Equal(1, autoencoder.GetProperty("non_finite").GetInt64());
    }

    [Theory]
    [InlineData(4, "check", "--models", "nowhere")]
    [InlineData(4, "check", "--models", ".")]
    [InlineData(2, "check", "--models", ".", "--model", "flux1-dev")]
    public void What_makes_no_sense_is_refused(int exitCode, params string[] arguments) => place.Latent(arguments).Expect(exitCode);

    private static string[] Fitting(JsonElement result) => [.. result.GetProperty("models").EnumerateArray().Select(m =>
        $"{m.GetProperty("name").GetString()!.Replace('\\', '/')}: " + string.Join(", ", m.GetProperty("autoencoders").EnumerateArray()
            .Select(a => $"{a.GetProperty("name").GetString()!.Replace('\\', '/')} {a.GetProperty("fit").GetString()}")))];
}
