using System.Text.Json;
using LatentSharp.Tests.Gradients;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// <c>latent run --loss --gradients</c> on shared/golden/gradients: every parameter under the name of its file, every input as
/// <c>d.NAME</c>, within the tolerances that stand beside the expected values (PyTorch autograd in float64).
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class RunGradientTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("golden/flux-ae/flux-ch32s.safetensors", "flux-ae", "l1", "l1")]
    [InlineData("golden/flux-ae/flux-ch32s.safetensors", "flux-ae", "roundtrip", "roundtrip")]
    [InlineData("golden/flux-ae/flux-ch32s.safetensors", "flux-ae", "kl", "kl")]
    [InlineData("golden/sd-vae/sd-ch32.safetensors", "sd-vae", "a", "kl", "first_stage_model.")]
    [InlineData("models/tiny/taef1_decoder.safetensors", "taef1", "decoder", "mse")]
    [InlineData("models/tiny/taef1_encoder.safetensors", "taef1", "encoder", "mse")]
    [InlineData("golden/transformer/flux-tiny-dev.safetensors", "transformer", "a", "flow")]
    [InlineData("golden/unet2d/cifar-w32.safetensors", "unet2d", "a", "epsilon")]
    public void A_loss_and_the_gradients_of_all_parameters(string model, string family, string name, string loss, string prefix = "")
    {
        JsonElement result = Differentiate(model, family, name, "--loss", loss);
        double slack = name == "encoder" ? ParameterGradients.Kink : 1;
        var golden = new Golden($"gradients/{family}-io.safetensors");
        var expected = new ParameterGradients($"golden/gradients/{family}-{name}-grads.json");
        using SafetensorsFile found = SafetensorsFile.Open(place.File("gradients.safetensors"));
        Assert.Equal(expected.Names.Count(), result.GetProperty("parameters").GetInt32());
        Assert.Equal(0, found.Tensors["loss"].Shape.Rank);
        using WeightFile file = WeightFiles.Open(Shared.Path(model));
        foreach (string parameter in expected.Names)
        {
            Assert.Equal(file.Tensors[prefix + parameter].Shape, found.Tensors[prefix + parameter].Shape);
            expected.Check(parameter, found.Read(found.Tensors[prefix + parameter]), slack);
        }
        Others(golden, name, found, slack);
    }

    [Fact]
    public void A_loss_and_the_gradients_of_a_lora()
    {
        using SafetensorsFile io = SafetensorsFile.Open(Shared.Path("golden/gradients/transformer-io.safetensors"));
        string module = io.Metadata["lora_module"];
        SafetensorsWriter.Write(place.File("lora.safetensors"), [
            SafetensorsEntry.Copy(io, io.Tensors["lora.lora_A"], module + ".lora_down.weight", io.Tensors["lora.lora_A"].Shape),
            SafetensorsEntry.Copy(io, io.Tensors["lora.lora_B"], module + ".lora_up.weight", io.Tensors["lora.lora_B"].Shape),
            SafetensorsEntry.Of(module + ".alpha", new[] { 8f })]);
        JsonElement result = Differentiate("golden/transformer/flux-tiny-dev.safetensors", "transformer", "a", "--loss", "flow",
            "--lora", "lora.safetensors:1");
        Assert.Equal(2, result.GetProperty("parameters").GetInt32());
        var golden = new Golden("gradients/transformer-io.safetensors");
        using SafetensorsFile found = SafetensorsFile.Open(place.File("gradients.safetensors"));
        var expected = new ParameterGradients("golden/gradients/transformer-lora-grads.json");
        foreach ((string name, string tensor) in new[] { ("lora_A", ".lora_down.weight"), ("lora_B", ".lora_up.weight") })
        {
            float[] values = found.Read(found.Tensors[module + tensor]);
            expected.Check(name, values);
            Assert.InRange(golden[$"lora.d.{name}"].Zip(values, (e, f) => Math.Abs((double)e - f)).Max(), 0, expected.Tolerance(name));
        }
        Others(golden, "lora", found);
    }

    // The same transformer as diffusers stores it: queries, keys and values apart, the halves of the last modulation in the other order.
    [Fact]
    public void Joined_tensors_have_the_gradients_of_their_parts()
    {
        Differentiate("golden/flux-layouts/diffusion_pytorch_model.safetensors.index.json", "transformer", "a", "--loss", "flow");
        using SafetensorsFile found = SafetensorsFile.Open(place.File("gradients.safetensors")),
            expected = SafetensorsFile.Open(Shared.Path("golden/gradients/transformer-a-grads.safetensors"));
        float[] joined = expected.Read(expected.Tensors["double_blocks.0.img_attn.qkv.weight"]);
        float[] key = found.Read(found.Tensors["transformer_blocks.0.attn.to_k.weight"]);
        Assert.Equal(joined.Length, 3 * key.Length);
        // 1e-4 of the largest, as the golden data recommend.
        Assert.InRange(key.Zip(joined.Skip(key.Length), (f, e) => Math.Abs(f - e)).Max(), 0, 1e-4f * joined.Max(Math.Abs));
    }

    [Fact]
    public void What_is_missing_or_does_not_fit_is_said()
    {
        string model = Shared.Path("golden/flux-ae/flux-ch32s.safetensors");
        Inputs("flux-ae", "l1");
        Refused(2, "--gradients", "run", model, "--inputs", "in.safetensors", "--loss", "l1");
        Refused(2, "--loss", "run", model, "--inputs", "in.safetensors", "--gradients", "g.safetensors");
        Refused(2, "-o", "run", model, "--inputs", "in.safetensors");
        Refused(2, "flow", "run", model, "--inputs", "in.safetensors", "--loss", "l1", "--gradients", "g.safetensors", "--lora", "l.safetensors");
        Refused(3, "image", "run", model, "--inputs", "in.safetensors", "--loss", "kl", "--gradients", "g.safetensors");
        Assert.False(File.Exists(place.File("g.safetensors")));
    }

    private void Refused(int code, string what, params string[] arguments)
        => Assert.Contains(what, place.Latent(arguments).Expect(code).Error, StringComparison.Ordinal);

    private JsonElement Differentiate(string model, string family, string name, params string[] options)
    {
        Inputs(family, name);
        File.WriteAllText(place.File("axes.json"), """{"axes_dims_rope": [8, 12, 12]}""");
        string[] config = family == "transformer" ? ["--config", "axes.json"] : [];
        return place.Latent(["run", Shared.Path(model), "--inputs", "in.safetensors", "--gradients", "gradients.safetensors", "--json", .. options, .. config])
            .Expect(0).Json;
    }

    // What the loss does not need is left out: the command takes what is there under the names that it knows.
    private void Inputs(string family, string name)
    {
        using SafetensorsFile io = SafetensorsFile.Open(Shared.Path($"golden/gradients/{family}-io.safetensors"));
        string[] names = ["z", "target", "image", "target_latent", "noise", "x0", "txt", "txt_ids", "img_ids", "timesteps", "y", "guidance", "timestep"];
        SafetensorsWriter.Write(place.File("in.safetensors"), names.Where(n => io.Tensors.ContainsKey($"{name}.{n}"))
            .Select(n => SafetensorsEntry.Copy(io, io.Tensors[$"{name}.{n}"], n, io.Tensors[$"{name}.{n}"].Shape)));
    }

    // Loss, parts of it, and the gradients of inputs: what of both files has one name.
    private static void Others(Golden golden, string name, SafetensorsFile found, double slack = 1)
    {
        string[] both = [.. golden.Names.Where(n => n.StartsWith(name + ".", StringComparison.Ordinal)).Select(n => n[(name.Length + 1)..])
            .Where(n => (n.StartsWith("d.", StringComparison.Ordinal) || n is "loss" or "kl" or "reconstruction_loss") && found.Tensors.ContainsKey(n))];
        Assert.Contains("loss", both);
        foreach (string tensor in both) Near(golden, $"{name}.{tensor}", found, tensor, slack);
    }

    private static void Near(Golden golden, string expected, SafetensorsFile found, string tensor, double slack)
    {
        Assert.Equal(golden.ShapeOf(expected), found.Tensors[tensor].Shape);
        double error = golden[expected].Zip(found.Read(found.Tensors[tensor]), (e, f) => Math.Abs((double)e - f)).Max();
        Assert.True(error <= slack * golden.Tolerance(expected), $"{tensor}: {error}, allowed {slack} x {golden.Tolerance(expected)}");
    }
}
