using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// What <c>latent generate</c> says to bad input, before or at the moment; and prompts: what is cut off is quoted, what was encoded once is
/// not encoded again.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class GenerateRefusalTests : IDisposable
{
    private static readonly string[] Small = ["--size", "32x32", "--steps", "2", "--seed", "1", "--t5-length", "16"];

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("--ae", "sd-vae/sd-ch32.safetensors", 5, "speaks Stable Diffusion")]
    [InlineData("--transformer", "flux-ae/flux-ch32s-bf16.safetensors", 5, "a FLUX.1 transformer was expected")]
    [InlineData("--transformer", "unet2d/cifar-w32.safetensors", 5, "a FLUX.1 transformer was expected")]
    [InlineData("--clip", "text/t5-w24.safetensors", 5, "CLIP")]
    [InlineData("--t5", "text/clip-w24.safetensors", 5, "T5")]
    [InlineData("--t5", "text/t5-small.safetensors", 5, "40 features")]
    [InlineData("--lora", "lora/kohya.safetensors", 5, "model of another size")]
    [InlineData("--transformer", "nowhere.safetensors", 4, "nowhere.safetensors")]
    [InlineData("--tokenizers", "unet2d", 4, "vocab.json")]
    public void A_part_that_does_not_belong_is_refused_by_name(string option, string file, int code, string said)
    {
        string[] parts = SmallModels.Parts(place, "flux-tiny-e2e-dev");
        int at = Array.IndexOf(parts, option);
        string path = Path.Combine(Shared.Path("golden"), file);
        if (at < 0) parts = [.. parts, option, path];
        else parts[at + 1] = path;
        Refused(code, said, "a cat", [.. parts, .. Small]);
    }

    [Fact]
    public void A_lora_for_another_model_is_refused_with_that_model()
    {
        SafetensorsWriter.Write(place.File("sdxl.safetensors"),
            [SafetensorsEntry.Of("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", new float[8 * 2048], 8, 2048),
            SafetensorsEntry.Of("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight", new float[640 * 8], 640, 8)]);
        Refused(5, "this one is for Stable Diffusion", "a cat", [.. SmallModels.Parts(place), "--lora", place.File("sdxl.safetensors"), .. Small]);
    }

    [Fact]
    public void Values_that_make_no_sense_are_refused()
    {
        string[] parts = SmallModels.Parts(place, "flux-tiny-e2e-dev");
        PictureFile.Save(place.File("house.png"), new ImageTensor(1, 32, 32));
        PictureFile.Save(place.File("mask.png"), new ImageTensor(1, 32, 48));
        Refused(2, "multiples of 16", "a cat", [.. parts, "--size", "40x40"]);
        foreach (string strength in (string[])["0", "1.5", "-1"])
            Refused(2, "strength", "a cat", [.. parts, "--init", "house.png", "--strength", strength]);
        Refused(3, "48 x 32", "a cat", [.. parts, "--init", "house.png", "--mask", "mask.png"]);
        Refused(2, "negative", "a cat", [.. parts, .. Small, "--cfg", "2"]);
        Refused(2, "control", "a cat", [.. parts, .. Small, "--control", "house.png"]);
        Refused(4, "no such file of prompts", null, [.. parts, "--prompt-file", "nowhere.txt"]);
        File.WriteAllText(place.File("empty.txt"), "");
        Refused(3, "no prompt", null, [.. parts, "--prompt-file", "empty.txt"]);
    }

    // A weight that is no number: the step and the block are named, and nothing is left but what was there.
    [Fact]
    public void What_is_not_finite_is_named_with_step_and_block()
    {
        string[] parts = SmallModels.Parts(place, "flux-tiny-e2e-dev");
        byte[] bytes = File.ReadAllBytes(parts[1]);
        using (var file = SafetensorsFile.Open(parts[1]))
        {
            long offset = file.Locate(file.Tensors["double_blocks.0.img_mlp.2.weight"])!.Offset;
            (bytes[offset], bytes[offset + 1]) = (0xFF, 0x7F);      // bfloat16 NaN
        }
        File.WriteAllBytes(place.File("damaged.safetensors"), bytes);
        parts[1] = place.File("damaged.safetensors");
        string error = Refused(3, "step 1 of 2", "a cat", [.. parts, .. Small]);
        Assert.Contains("double_blocks.0", error, StringComparison.Ordinal);
        // The run as it was before the step is kept, and taken up again.
        byte[] kept = File.ReadAllBytes(place.File("no.run.safetensors"));
        FluxState state = FluxStateFile.Load(place.File("no.run.safetensors"));
        Assert.Equal(0, state.Step);
        Assert.All(state.Sampler.X, v => Assert.True(float.IsFinite(v)));
        Refused(3, "step 1 of 2", "a cat", [.. parts, .. Small, "--resume"]);
        Assert.Equal(kept, File.ReadAllBytes(place.File("no.run.safetensors")));
    }

    [Fact]
    public void Words_that_find_no_room_are_quoted()
    {
        string prompt = string.Join(' ', Enumerable.Repeat("boat", 100)) + " zebra";
        string said = place.Latent(["generate", prompt, .. SmallModels.Parts(place), .. Small, "-o", "a.png"]).Expect(0).Error;
        Assert.Contains("CLIP has no room for the end of the prompt: \"", said, StringComparison.Ordinal);
        Assert.Contains("T5 has no room for the end of the prompt: \"", said, StringComparison.Ordinal);
        Assert.Contains("boat zebra\"", said, StringComparison.Ordinal);
        // The cache keeps the notes too.
        Assert.Contains("boat zebra\"", place.Latent(["generate", prompt, .. SmallModels.Parts(place), .. Small, "-o", "b.png"]).Expect(0)
            .Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(place.File("a.png")), File.ReadAllBytes(place.File("b.png")));
    }

    [Fact]
    public void A_prompt_is_encoded_once()
    {
        string[] command = ["generate", "a cat", .. SmallModels.Parts(place), .. Small, "-o"];
        place.Latent([.. command, "a.safetensors"]).Expect(0);
        string kept = Assert.Single(Directory.GetFiles(Path.Combine(place.Home, "prompts")));
        byte[] picture = File.ReadAllBytes(place.File("a.safetensors")), text = File.ReadAllBytes(kept);
        // Another text under the same key shows that it is read; a damaged one, or another prompt, is made anew.
        byte[] changed = [.. text];
        changed[^200] ^= 0x40;
        File.WriteAllBytes(kept, changed);
        place.Latent([.. command, "b.safetensors"]).Expect(0);
        Assert.NotEqual(picture, File.ReadAllBytes(place.File("b.safetensors")));
        File.WriteAllBytes(kept, text[..100]);
        place.Latent([.. command, "c.safetensors"]).Expect(0);
        Assert.Equal(picture, File.ReadAllBytes(place.File("c.safetensors")));
        Assert.Equal(text, File.ReadAllBytes(kept));
        place.Latent(["generate", "a dog", .. command[2..], "d.safetensors"]).Expect(0);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(place.Home, "prompts")).Length);
    }

    [Fact]
    public void A_model_stands_for_the_encoders_of_a_kept_text()
    {
        SmallModels.Comfy(place.File("models"));
        string[] parts = SmallModels.Parts(place);
        place.Latent(["prompt", "a cat", .. parts[2..8], .. parts[^2..], "--length", "16", "-o", "named.safetensors"]).Expect(0);
        string model = place.File("models/diffusion_models/flux1-schnell.safetensors");
        place.Latent("prompt", "a cat", "--model", model, "--length", "16", "-o", "found.safetensors").Expect(0);
        TextConditioning named = ConditioningFile.Load(place.File("named.safetensors")),
            found = ConditioningFile.Load(place.File("found.safetensors"));
        Assert.Equal(named.Text.ToArray(), found.Text.ToArray());
        Assert.Equal(named.Pooled.ToArray(), found.Pooled.ToArray());
        File.Delete(place.File("models/text_encoders/t5xxl_fp16.safetensors"));
        Assert.Contains("T5-XXL is missing", place.Latent("prompt", "a cat", "--model", model, "-o", "no.safetensors").Expect(4).Error,
            StringComparison.Ordinal);
        Assert.Contains("t5", place.Latent("prompt", "a cat", "--clip", parts[3], "-o", "no.safetensors").Expect(2).Error,
            StringComparison.Ordinal);
    }

    private string Refused(int code, string part, string? prompt, string[] arguments)
    {
        string error = place.Latent(["generate", .. prompt is null ? [] : new[] { prompt }, .. arguments, "-o", "no.png"]).Expect(code).Error;
        Assert.Contains(part, error, StringComparison.Ordinal);
        Assert.False(File.Exists(place.File("no.png")));
        return error;
    }
}
