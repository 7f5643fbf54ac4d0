using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// <c>latent run</c> on the reference data in golden/transformer, lora and text; how close is tested at the networks themselves.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class RunTests : IDisposable
{
    // Of the range of the expected values.
    private const double Tolerance = 1e-5;

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_transformer_with_a_lora()
    {
        using WeightFile io = Open("transformer/flux-tiny-dev-io.safetensors"), expected = Open("lora/expected.safetensors");
        Inputs(io, "a.", "in.safetensors");
        File.WriteAllText(place.File("axes.json"), """{"axes_dims_rope": [8, 12, 12]}""");
        JsonElement result = place.Latent("run", Shared.Path("golden/transformer/flux-tiny-dev.safetensors"), "--inputs", "in.safetensors",
            "-o", "out.safetensors", "--lora", Shared.Path("golden/lora/kohya.safetensors") + ":0.7", "--config", "axes.json",
                "--json").Expect(0).Json;
        Assert.Equal("transformer", result.GetProperty("kind").GetString());
        Close(expected, "kohya.s0.7.out", "out");
    }

    [Fact]
    public void A_folder_of_diffusers_with_its_configuration_and_two_items()
    {
        using WeightFile io = Open("transformer/flux-tiny-dev-io.safetensors");
        Inputs(io, "b.", "in.safetensors");
        Assert.Contains("out [2, 15, 64]", place.Latent("run",
            Shared.Path("golden/flux-layouts/diffusion_pytorch_model.safetensors.index.json"),
            "--inputs", "in.safetensors", "-o", "out.safetensors").Expect(0).Output, StringComparison.Ordinal);
        Close(io, "b.out", "out");
    }

    [Fact]
    public void Text_encoders()
    {
        using WeightFile clip = Open("text/clip-w24-io.safetensors"), t5 = Open("text/t5-w24-io.safetensors");
        File.WriteAllText(place.File("clip.json"), """{"num_attention_heads": 4, "eos_token_id": 2}""");
        Inputs(clip, "prompts.", "ids.safetensors");
        string whole = Shared.Path("golden/flux-layouts/flux-tiny-schnell-all-in-one.safetensors");
        string[] rest = ["--inputs", "ids.safetensors", "-o", "out.safetensors"];
        Assert.Contains("clip or t5", place.Latent(["run", whole, .. rest]).Expect(2).Error, StringComparison.Ordinal);
        place.Latent(["run", whole, .. rest, "--network", "clip", "--config", "clip.json"]).Expect(0);
        Close(clip, "prompts.pooler_output", "pooler_output");
        Close(clip, "prompts.last_hidden_state", "last_hidden_state");
        Inputs(t5, "padded.", "ids.safetensors");
        place.Latent(["run", Shared.Path("golden/text/t5-w24.safetensors"), .. rest]).Expect(0);
        Close(t5, "padded.last_hidden_state", "last_hidden_state");
    }

    [Fact]
    public void What_is_missing_or_does_not_fit_is_said()
    {
        string model = Shared.Path("golden/transformer/flux-tiny-dev.safetensors");
        File.WriteAllText(place.File("axes.json"), """{"axes_dims_rope": [8, 12, 12]}""");
        using WeightFile io = Open("transformer/flux-tiny-dev-io.safetensors");
        Inputs(io, "a.", "in.safetensors", "guidance");
        Assert.Contains("guidance", place.Latent("run", model, "--inputs", "in.safetensors", "-o", "o.safetensors", "--config",
            "axes.json").Expect(3).Error,
            StringComparison.Ordinal);
        Assert.Contains("axes_dims_rope", place.Latent("run", model, "--inputs", "in.safetensors", "-o", "o.safetensors").Expect(3).Error,
            StringComparison.Ordinal);
        place.Latent("run", model, "--inputs", "nowhere.safetensors", "-o", "o.safetensors").Expect(4);
        Assert.False(File.Exists(place.File("o.safetensors")));
    }

    private void Inputs(WeightSource io, string prefix, string name, string? without = null)
        => SafetensorsWriter.Write(place.File(name), io.Tensors.Values
            .Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal) && t.Name != prefix + "out" && t.Name != prefix + without)
            .Select(t => SafetensorsEntry.Copy(io, t, t.Name[prefix.Length..], t.Shape)));

    private void Close(WeightSource expected, string name, string output)
    {
        using WeightFile file = WeightFiles.Open(place.File("out.safetensors"));
        Assert.Equal(expected.Tensors[name].Shape, file.Tensors[output].Shape);
        float[] wanted = expected.Read(expected.Tensors[name]), found = file.Read(file.Tensors[output]);
        double error = wanted.Zip(found, (e, f) => Math.Abs((double)e - f)).Max(), range = wanted.Max() - wanted.Min();
        Assert.True(error <= Tolerance * range, $"{name}: largest difference {error:g3}, {error / range:g3} of the range");
    }

    private static WeightFile Open(string relative) => WeightFiles.Open(Shared.Path("golden/" + relative));
}
