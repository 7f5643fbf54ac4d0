using System.Text.Json;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Service.Inspecting;
using LatentSharp.Tests.Autoencoders;
using LatentSharp.Tests.Training;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent inspect</c>, <c>latent convert</c> and <c>latent plan</c> from outside.</summary>
[Collection(CommandsCollection.Name)]
public sealed class InspectAndConvertTests : IDisposable
{
    private static readonly string Mini = Repository.Path("assets/models/flux1-mini.safetensors");

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void The_embedded_autoencoders_file_is_known_for_what_it_is()
    {
        JsonElement facts = place.Latent("inspect", Mini, "--json").Expect(0).Json;
        Assert.Equal("autoencoder", facts.GetProperty("kind").GetString());
        Assert.Equal("flux1", facts.GetProperty("family").GetString());
        Assert.Equal("flux1", facts.GetProperty("space").GetString());
        // Size and digest as a Python script wrote them into the model card; parameters and tensors as the card says of the architecture.
        Assert.Equal(EmbeddedCard.Bytes, facts.GetProperty("bytes").GetInt64());
        Assert.Equal(EmbeddedCard.Sha256, facts.GetProperty("sha256").GetString());
        Assert.Equal(5_293_891, facts.GetProperty("parameters").GetInt64());
        Assert.Equal(244, facts.GetProperty("element_types").GetProperty("BF16").GetInt32());
        Assert.Equal([32, 64, 128, 128], facts.GetProperty("decoder_widths").EnumerateArray().Select(w => w.GetInt32()));
    }

    [Fact]
    public void Every_reference_file_is_explained_or_refused_with_a_reason()
    {
        Shared.Require("golden", "models");
        int explained = 0;
        var library = new AutoencoderLibrary(place.Home);
        foreach (string file in ((string[])["golden", "models"])
            .SelectMany(f => Directory.EnumerateFiles(Shared.Path(f), "*", SearchOption.AllDirectories)))
        {
            if (Path.GetExtension(file) is ".md" or ".json" or ".txt") continue;
            try
            {
                InspectResult facts = InspectFile.Run(library, new InspectRequest { File = file, Tensors = true });
                Assert.NotNull((object?)facts.Format ?? facts.ElementType);
                explained++;
            }
            catch (LatentSharpException e)
            {
                Assert.Contains(Path.GetFileName(file), e.Message, StringComparison.Ordinal);
            }
        }
        Assert.True(explained > 100, $"only {explained} files were explained");
    }

    /// <summary>What is not opened is named: a transformer of full size by its header, a checkpoint with all its parts, a LoRA.</summary>
    [Fact]
    public void Networks_are_named_whether_or_not_they_can_be_opened()
    {
        Shared.Require("spec/manifests", "golden/flux-layouts", "golden/lora");
        HeaderOnly.Write(place.File("model.safetensors"), HeaderOnly.Published("flux1-dev-transformer"));
        JsonElement facts = place.Latent("inspect", "model.safetensors", "--json").Expect(0).Json;
        JsonElement network = Assert.Single(facts.GetProperty("networks").EnumerateArray());
        Assert.Equal(("diffusion-model", "flux1-dev", "flux1"),
            (network.GetProperty("role").GetString(), network.GetProperty("model").GetString(), network.GetProperty("space").GetString()));
        Assert.False(facts.TryGetProperty("layout", out _));

        facts = place.Latent("inspect", Shared.Path("golden/flux-layouts/flux-tiny-schnell-all-in-one.safetensors"), "--json").Expect(0).Json;
        Assert.Equal("autoencoder", facts.GetProperty("kind").GetString());
        Assert.Equal(["flux1-schnell", "clip", "t5"], facts.GetProperty("networks").EnumerateArray().Select(n => n.GetProperty("model").GetString()));

        string said = place.Latent("inspect", Shared.Path("golden/lora/kohya.safetensors")).Expect(0).Output;
        Assert.Contains("a LoRA for FLUX.1 (flux1), latent space FLUX.1", said, StringComparison.Ordinal);
        Assert.DoesNotContain("layout", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_converted_autoencoder_is_the_same_autoencoder()
    {
        JsonElement converted = place.Latent("convert", Mini, "diffusers.safetensors", "--layout", "diffusers", "--dtype", "f32", "--json").Expect(0).Json;
        Assert.Equal(244, converted.GetProperty("tensors").GetInt32());
        JsonElement facts = place.Latent("inspect", "diffusers.safetensors", "--json").Expect(0).Json;
        Assert.Equal("diffusers", facts.GetProperty("layout").GetString());
        Assert.Equal(244, facts.GetProperty("element_types").GetProperty("F32").GetInt32());
        // Known by its content, and named for people; other weights of the shape would be "not a known file, but shaped like FLUX.1 or Stable
        // Diffusion 3".
        JsonElement known = facts.GetProperty("known_as")[0];
        Assert.Equal(("flux1-mini.safetensors", "content", "exact"),
            (known.GetProperty("file").GetString(), known.GetProperty("proof").GetString(), known.GetProperty("level").GetString()));
        Assert.Contains("flux1-mini.safetensors (the same values)", place.Latent("inspect", "diffusers.safetensors").Expect(0).Output,
            StringComparison.Ordinal);
        Assert.Equal(EmbeddedCard.ContentDigest,
            "bf16:" + facts.GetProperty("content").GetProperty("bf16").GetProperty("whole").GetString());
        Assert.Equal("flux1", facts.GetProperty("metadata").GetProperty("latentsharp.family").GetString());
        place.Latent("convert", "diffusers.safetensors", "back.safetensors", "--layout", "bfl", "--dtype", "bf16").Expect(0);
        using WeightFile before = WeightFiles.Open(Mini), after = WeightFiles.Open(place.File("back.safetensors"));
        Assert.Equal(ContentDigest.Compute(before, DigestLevel.Exact).Whole, ContentDigest.Compute(after, DigestLevel.Exact).Whole);
    }

    /// <summary>The configuration is that which diffusers wrote for the same network: shared/models/synthetic.</summary>
    [Theory]
    [InlineData("vae")]
    [InlineData("vae/diffusion_pytorch_model.safetensors")]
    public void A_folder_of_diffusers_has_its_configuration(string output)
    {
        Shared.Require("models/synthetic");
        string source = Shared.Path("models/synthetic/flux-ch32-bf16.safetensors");
        Workplace.Outcome said = place.Latent("convert", source, output, "--layout", "diffusers").Expect(0);
        Assert.Contains("config.json", said.Error, StringComparison.Ordinal);
        Assert.Equal(["vae/config.json", "vae/diffusion_pytorch_model.safetensors"], place.Files.Select(f => f.Replace('\\', '/')));
        JsonElement written = JsonDocument.Parse(File.ReadAllBytes(place.File("vae/config.json"))).RootElement;
        JsonElement theirs = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("models/synthetic/flux-ch32-diffusers.config.json"))).RootElement;
        // What a picture's usual size was cannot be told from weights.
        foreach (JsonProperty field in theirs.EnumerateObject().Where(f => f.Name != "sample_size"))
            Assert.True(JsonElement.DeepEquals(field.Value, written.GetProperty(field.Name)), $"{field.Name} is {written.GetProperty(field.Name)}");
        JsonElement facts = place.Latent("inspect", "vae", "--json").Expect(0).Json;
        Assert.Equal(("flux1", "diffusers"), (facts.GetProperty("family").GetString(), facts.GetProperty("layout").GetString()));
        Assert.Equal(place.Latent("inspect", source, "--digest", "--json").Expect(0).Json.GetProperty("content").GetProperty("exact").GetRawText(),
            place.Latent("inspect", "vae", "--digest", "--json").Expect(0).Json.GetProperty("content").GetProperty("exact").GetRawText());
    }

    /// <summary>What is only assumed is not written down as a fact.</summary>
    [Fact]
    public void A_configuration_needs_a_family_that_is_known()
    {
        Shared.Require("models/synthetic");
        SmallKL.Write(place.File("unnamed.safetensors"), SmallKL.Create(16));
        Assert.Contains("--family", place.Latent("convert", "unnamed.safetensors", "vae", "--layout", "diffusers").Expect(3).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place.File("vae")));
        place.Latent("convert", "unnamed.safetensors", "vae", "--layout", "diffusers", "--family", "sd3").Expect(0);
        Assert.Equal("sd3", place.Latent("inspect", "vae", "--json").Expect(0).Json.GetProperty("family").GetString());
        place.Latent("convert", "unnamed.safetensors", "half", "--layout", "diffusers", "--part", "encoder", "--family", "sd3").Expect(2);
        place.Latent("convert", "unnamed.safetensors", "file.txt").Expect(2);
    }

    [Fact]
    public void Half_an_autoencoder_says_which_half_is_missing()
    {
        place.Latent("convert", Mini, "encoder.safetensors", "--part", "encoder").Expect(0);
        JsonElement facts = place.Latent("inspect", "encoder.safetensors", "--json").Expect(0).Json;
        Assert.Equal((true, false), (facts.GetProperty("can_encode").GetBoolean(), facts.GetProperty("can_decode").GetBoolean()));
        File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File("kitten.png"));
        Workplace.Outcome outcome = place.Latent("roundtrip", "kitten.png", "--ae", "encoder.safetensors").Expect(3);
        Assert.Contains("decoder", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_pair_of_files_what_is_given_is_converted_or_both_when_asked_for()
    {
        Shared.Require("models/tiny");
        foreach (string half in (string[])["encoder", "decoder"])
            File.Copy(Shared.Path($"models/tiny/taesd_{half}.safetensors"), place.File($"small_{half}.safetensors"));
        Workplace.Outcome one = place.Latent("convert", "small_encoder.safetensors", "one.safetensors").Expect(0);
        Assert.Contains("only the encoder was written", one.Error, StringComparison.Ordinal);
        Assert.Contains("--part vae", one.Error, StringComparison.Ordinal);
        place.Latent("convert", "small_encoder.safetensors", "both.safetensors", "--part", "vae", "--layout", "diffusers").Expect(0);
        JsonElement both = place.Latent("inspect", "both.safetensors", "--json").Expect(0).Json;
        Assert.Equal([("taesd_encoder.safetensors", "encoder"), ("taesd_decoder.safetensors", "decoder")],
            both.GetProperty("known_as").EnumerateArray()
            .Select(k => (k.GetProperty("file").GetString(), k.GetProperty("part").GetString())));
        Assert.Equal(134, both.GetProperty("tensors").GetInt32());      // autoencoders.md 9: one diffusers file of 134 tensors
        place.Latent("convert", "one.safetensors", "no.safetensors", "--part", "vae").Expect(3);
        place.Latent("convert", "small_encoder.safetensors", "no.safetensors", "--family", "sdxl").Expect(5);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_told_of_when_they_are_converted()
    {
        using (SafetensorsFile file = SafetensorsFile.Open(Mini))
        {
            TensorInfo tensor = file.Tensors["decoder.conv_in.weight"];
            var values = new float[tensor.Shape.ElementCount];
            file.Read(tensor, 0, values);
            (values[7], values[9]) = (float.NaN, float.NegativeInfinity);
            SafetensorsWriter.Write(place.File("nan.safetensors"), file.Tensors.Values.Select(t => t.Name == tensor.Name
                ? SafetensorsEntry.Of(t.Name, values, t.Shape.Dimensions.AsSpan()) : SafetensorsEntry.Copy(file, t, t.Name, t.Shape)),
                file.Metadata);
        }
        foreach (string type in (string[])["bf16", "f16"])
            Assert.Contains("the tensor decoder.conv_in.weight has 2 of 18,432 values that are NaN or infinite",
                place.Latent("convert", "nan.safetensors", $"{type}.safetensors", "--dtype", type).Expect(0).Error, StringComparison.Ordinal);
        Assert.Contains("1 NaN and 1 infinite of 18,432 values, and this 8-bit format holds none that are infinite",
            place.Latent("convert", "nan.safetensors", "e4m3.safetensors", "--dtype", "f8_e4m3").Expect(3).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("e4m3.safetensors", place.Files);
    }

    [Theory]
    [InlineData(2, "new.pt")]
    [InlineData(2, "new.safetensors", "--dtype", "f64")]
    [InlineData(2, "new.safetensors", "--layout", "onnx")]
    public void Conversions_that_do_not_exist_are_refused(int exitCode, params string[] arguments)
    {
        place.Latent(["convert", Mini, .. arguments]).Expect(exitCode);
        Assert.Empty(place.Files);
    }

    [Fact]
    public void Plan_gives_the_figures_of_both_halves()
    {
        JsonElement plan = place.Latent("plan", "--size", "128x64", "--threads", "2", "--json").Expect(0).Json;
        foreach (string half in (string[])["encode", "decode"])
        {
            JsonElement p = plan.GetProperty(half);
            Assert.Equal(2, p.GetProperty("threads").GetInt32());
            Assert.Equal(p.GetProperty("multiply_adds").GetInt64(),
                p.GetProperty("steps").EnumerateArray().Sum(s => s.GetProperty("multiply_adds").GetInt64()));
            Assert.True(p.GetProperty("peak_bytes").GetInt64() >= p.GetProperty("steps").EnumerateArray()
                .Max(s => s.GetProperty("live_bytes").GetInt64()));
        }
    }
}
