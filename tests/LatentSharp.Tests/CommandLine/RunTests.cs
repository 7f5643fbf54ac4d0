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

    // How far eight bits are from the reference is tested at the transformer: 2e-2 of the range at most.
    [Fact]
    public void Eight_bits_where_a_network_takes_them()
    {
        string model = Shared.Path("golden/transformer/flux-tiny-dev.safetensors");
        using WeightFile io = Open("transformer/flux-tiny-dev-io.safetensors"), ids = Open("text/t5-w24-io.safetensors");
        Inputs(io, "a.", "in.safetensors");
        File.WriteAllText(place.File("axes.json"), """{"axes_dims_rope": [8, 12, 12]}""");
        place.Latent("run", model, "--inputs", "in.safetensors", "-o", "out.safetensors", "--config", "axes.json", "--precision", "int8").Expect(0);
        double error = Error(io, "a.out", "out");
        Assert.InRange(error, 1e-4, 2e-2);
        Inputs(ids, "padded.", "ids.safetensors");
        string refused = place.Latent("run", Shared.Path("golden/text/t5-w24.safetensors"), "--inputs", "ids.safetensors", "-o", "t5.safetensors",
            "--precision", "int8").Expect(2).Error;
        Assert.Contains("transformers alone are computed in int8", refused, StringComparison.Ordinal);
        place.Latent("run", model, "--inputs", "in.safetensors", "-o", "t5.safetensors", "--precision", "int4").Expect(2);
        Assert.False(File.Exists(place.File("t5.safetensors")));
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

    private void Close(WeightSource expected, string name, string output) => Assert.InRange(Error(expected, name, output), 0, Tolerance);

    // The largest difference, of the range of the expected values.
    private double Error(WeightSource expected, string name, string output)
    {
        using WeightFile file = WeightFiles.Open(place.File("out.safetensors"));
        Assert.Equal(expected.Tensors[name].Shape, file.Tensors[output].Shape);
        float[] wanted = expected.Read(expected.Tensors[name]), found = file.Read(file.Tensors[output]);
        return wanted.Zip(found, (e, f) => Math.Abs((double)e - f)).Max() / (wanted.Max() - wanted.Min());
    }

    private static WeightFile Open(string relative) => WeightFiles.Open(Shared.Path("golden/" + relative));
}
