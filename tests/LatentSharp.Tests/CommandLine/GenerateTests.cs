using System.Text.Json;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service;
using LatentSharp.Service.Generating;
using LatentSharp.Tests.Diffusion.Pipelines;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent generate</c> and <c>latent prompt</c> on the small models of golden/end-to-end.</summary>
[Collection(CommandsCollection.Name)]
public sealed class GenerateTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("s1", "flux-tiny-e2e-schnell", false)]
    [InlineData("s2", "flux-tiny-e2e-schnell", false)]
    [InlineData("s2", "flux-tiny-e2e-schnell", true)]
    [InlineData("d1", "flux-tiny-e2e-dev", false)]
    public void Prompts_and_seeds_give_the_pictures(string name, string model, bool allInOne)
    {
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/end-to-end/cases.json")));
        JsonElement one = cases.RootElement.GetProperty(name);
        File.WriteAllLines(place.File("prompts.txt"), one.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!));
        bool bf16 = one.GetProperty("noise").GetString()!.Contains("bfloat16", StringComparison.Ordinal);
        place.Latent(["generate", "--prompt-file", "prompts.txt", .. Parts(model, allInOne), "--size",
            $"{one.GetProperty("width")}x{one.GetProperty("height")}", "--steps", one.GetProperty("steps").ToString(), "--seed",
            one.GetProperty("seeds")[0].ToString(), "--noise", bf16 ? "torch-bf16" : "torch-fp32", "-o", "out.safetensors",
                "--save-latents"]).Expect(0);
        using WeightFile io = WeightFiles.Open(Shared.Path("golden/end-to-end/end-to-end-io.safetensors")),
            found = WeightFiles.Open(place.File("out.safetensors"));
        float[] expected = io.Read(io.Tensors[name + ".image"]), image = found.Read(found.Tensors["image"]);
        Assert.Equal(io.Tensors[name + ".image"].Shape, found.Tensors["image"].Shape);
        double range = expected.Max() - expected.Min();
        Assert.InRange(expected.Zip(image, (e, f) => Math.Abs((double)e - f)).Max(), 0, 1e-4 * range);
        Assert.Empty(Directory.EnumerateFiles(place.Folder, "*.run.safetensors"));
    }

    // The same picture as with every part named; then each part is taken away, and named as missing.
    [Fact]
    public void A_model_stands_for_its_parts()
    {
        string[] parts = Parts("flux-tiny-e2e-schnell", false), settings = ["--size", "48x32", "--steps", "2", "--seed", "5"];
        place.Latent(["generate", "a cat", .. parts, .. settings, "-o", "named.png"]).Expect(0);
        string[] folders = ["diffusion_models", "text_encoders", "text_encoders", "tokenizers", "vae"];
        for (int i = 0; i < folders.Length; i++)
        {
            string from = parts[2 * i + 1], to = Directory.CreateDirectory(place.File("models/" + folders[i])).FullName;
            foreach (string file in Directory.Exists(from) ? Names.Select(n => Path.Combine(from, n)) : [from])
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
        string[] model = ["--model", place.File("models/diffusion_models/flux-tiny-e2e-schnell.safetensors"), "--config",
            place.File("parts.json")];
        place.Latent(["generate", "a cat", .. model, .. settings, "-o", "model.png"]).Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("named.png")), File.ReadAllBytes(place.File("model.png")));
        place.Latent("ae", "add-folder", place.File("models")).Expect(0);
        place.Latent(["generate", "a cat", "--model", "flux-tiny-e2e-schnell", .. model[2..], .. settings, "-o", "byname.png"]).Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("named.png")), File.ReadAllBytes(place.File("byname.png")));
        File.Delete(place.File("models/text_encoders/t5-w24.safetensors"));
        string error = place.Latent(["generate", "a cat", .. model, .. settings, "-o", "no.png"]).Expect(4).Error;
        Assert.Contains("T5-XXL is missing", error, StringComparison.Ordinal);
        Assert.Contains("Fetch t5xxl", error, StringComparison.Ordinal);
        Assert.False(File.Exists(place.File("no.png")));
        Assert.Contains("no model of this name", place.Latent(["generate", "a cat", "--model", "flux9", "-o", "no.png"]).Expect(4).Error,
            StringComparison.Ordinal);
    }

    private static readonly string[] Names = ["vocab.json", "merges.txt", "spiece.model"];

    // A run is ended after every one of its steps, as if the program had been killed there, and goes on with the same bits.
    [Fact]
    public void A_run_that_was_ended_anywhere_goes_on_with_the_same_bits()
    {
        string[] command = ["generate", "a cat", .. Parts("flux-tiny-e2e-dev", false), "--size", "48x32", "--steps", "4", "--t5-length",
            "16",
            "--sampler", "dpmpp_2m", "--seed", "3"];
        place.Latent([.. command, "-o", "whole.safetensors"]).Expect(0);
        byte[] whole = File.ReadAllBytes(place.File("whole.safetensors"));
        place.Latent([.. command, "-o", "part.safetensors", "--preview", "steps"]).Expect(0);
        Assert.Equal(4, Directory.GetFiles(place.File("steps")).Length);
        for (int step = 1; step <= 4; step++)
        {
            // What the program leaves behind when it is killed after a step: the kept run.
            string run = place.File("part.run.safetensors");
            KilledAfter(step);
            Assert.Equal(step, FluxStateFile.Load(run).Step);
            JsonElement done = place.Latent([.. command, "-o", "part.safetensors", "--resume", "--json"]).Expect(0).Json;
            Assert.Equal(step, done.GetProperty("pictures")[0].GetProperty("resumed_at").GetInt32());
            Assert.Equal(whole, File.ReadAllBytes(place.File("part.safetensors")));
            Assert.False(File.Exists(run));
        }
    }

    [Fact]
    public void A_picture_says_how_it_was_made_and_is_made_again()
    {
        string[] parts = Parts("flux-tiny-e2e-dev", false);
        place.Latent(["generate", "a façade: red, \"old\"", .. parts, "--size", "48x32", "--steps", "2", "--t5-length", "16", "--seed", "5",
            "--negative", "rain", "--cfg", "1.5", "--lora", Lora() + ":0.5", "-o", "a.png"]).Expect(0);
        JsonElement seen = place.Latent("inspect", "a.png", "--json").Expect(0).Json.GetProperty("generation");
        Assert.Equal("a façade: red, \"old\"", seen.GetProperty("prompt").GetString());
        Assert.Equal(5, seen.GetProperty("record").GetProperty("seed").GetInt32());
        Assert.Equal((48, 32), (seen.GetProperty("width").GetInt32(), seen.GetProperty("height").GetInt32()));
        PictureMetadata metadata = PictureMetadata.Read(place.File("a.png"))!;
        Assert.Equal(("parameters", "latentsharp"), (metadata.Texts[0].Key, metadata.Texts[1].Key));
        Assert.Equal(("rain", 2, "5", 3.5, 1.5), (metadata.NegativePrompt, metadata.Steps, metadata.Seed, metadata.DistilledGuidance,
            metadata.GuidanceScale));
        place.Latent(["generate", "--from", "a.png", .. parts, "--lora", Lora() + ":0.5", "-o", "b.png"]).Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("a.png")), File.ReadAllBytes(place.File("b.png")));
        Assert.Contains("strength 0.5", place.Latent(["generate", "--from", "a.png", .. parts, "--lora", Lora(), "-o",
            "c.png"]).Expect(5).Error,
            StringComparison.Ordinal);
        Assert.False(File.Exists(place.File("c.png")));
    }

    [Fact]
    public void Eight_bits_are_written_down_repeated_and_not_mixed_with_others()
    {
        string[] parts = Parts("flux-tiny-e2e-dev", false);
        string[] command = ["generate", "a cat", .. parts, "--size", "48x32", "--steps", "2", "--t5-length", "16", "--seed", "5"];
        place.Latent([.. command, "--precision", "int8", "-o", "a.png"]).Expect(0);
        JsonElement record = place.Latent("inspect", "a.png", "--json").Expect(0).Json.GetProperty("generation").GetProperty("record");
        Assert.Equal("int8", record.GetProperty("precision").GetString());
        place.Latent(["generate", "--from", "a.png", .. parts, "-o", "b.png"]).Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("a.png")), File.ReadAllBytes(place.File("b.png")));
        place.Latent([.. command, "--precision", "int8", "--threads", "1", "-o", "c.png"]).Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("a.png")), File.ReadAllBytes(place.File("c.png")));
        place.Latent([.. command, "-o", "d.safetensors", "--preview", "steps"]).Expect(0);
        place.Latent([.. command, "--precision", "int8", "-o", "e.safetensors"]).Expect(0);
        Assert.NotEqual(File.ReadAllBytes(place.File("d.safetensors")), File.ReadAllBytes(place.File("e.safetensors")));
    }

    [Fact]
    public void A_kept_text_stands_for_its_prompt()
    {
        string[] parts = Parts("flux-tiny-e2e-schnell", false);
        string[] rest = ["--size", "32x32", "--steps", "2", "--seed", "1"];
        place.Latent(["generate", "a cat", .. parts, .. rest, "-o", "a.safetensors"]).Expect(0);
        place.Latent(["prompt", "a cat", .. parts[2..8], "--config", parts[^1], "--length", "256", "-o", "cat.safetensors"]).Expect(0);
        place.Latent(["generate", "--conditioning", "cat.safetensors", .. parts[..2], .. parts[8..], .. rest, "-o",
            "b.safetensors"]).Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("a.safetensors")), File.ReadAllBytes(place.File("b.safetensors")));
    }

    [Fact]
    public void What_a_mask_keeps_comes_back_untouched()
    {
        var house = new ImageTensor([.. Enumerable.Range(0, 3 * 48 * 64).Select(i => (i * 37 % 255) / 127.5f - 1)], 1, 48, 64);
        var mask = new ImageTensor([.. Enumerable.Range(0, 3 * 48 * 64).Select(i => i % 64 < 32 ? -1f : 1f)], 1, 48, 64);
        PictureFile.Save(place.File("house.png"), house);
        PictureFile.Save(place.File("mask.png"), mask);
        string[] command = ["generate", "a door", .. Parts("flux-tiny-e2e-dev", false), "--steps", "2", "--t5-length", "16", "--seed",
            "1", "--init",
            "house.png", "-o", "red.png"];
        place.Latent([.. command, "--mask", "mask.png", "--strength", "0.9"]).Expect(0);
        float[] before = PictureFile.Load(place.File("house.png")).Image.Values,
            after = PictureFile.Load(place.File("red.png")).Image.Values;
        for (int i = 0; i < before.Length; i++)
            if (i % 64 < 32) Assert.Equal(before[i], after[i]);
        Assert.Contains(Enumerable.Range(0, before.Length), i => i % 64 >= 40 && before[i] != after[i]);
        PictureFile.Save(place.File("small.png"), new ImageTensor(1, 32, 32));
        Assert.Contains("32 x 32", place.Latent([.. command, "--mask", "small.png"]).Expect(3).Error, StringComparison.Ordinal);
        Assert.Contains("strength", place.Latent([.. command, "--strength", "0"]).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("multiples of 16", place.Latent([.. command[..^4], "--size", "40x40"]).Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("clip_l.safetensors",
            place.Latent("generate", "a cat", "--transformer", Shared.Path("golden/end-to-end/flux-tiny-e2e-dev.safetensors"), "--config",
                "parts.json", "--ae", Shared.Path("golden/flux-ae/flux-ch32s-bf16.safetensors"), "--size", "32x32", "-o",
                    "n.png").Expect(4).Error,
            StringComparison.Ordinal);
    }

    // The same run, ended when the state after a step has been kept.
    private void KilledAfter(int step)
    {
        using var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();
        var request = new GenerateRequest
        {
            Parts = SmallPipeline.Parts(folder, "flux-tiny-e2e-dev", false), Prompts = ["a cat"], Size = new PixelSize(48, 32), Steps = 4,
            TextLength = 16, Sampler = "dpmpp_2m", Seed = 3, Output = place.File("part.safetensors"),
        };
        Assert.ThrowsAny<OperationCanceledException>(() => GeneratePictures.Run(new AutoencoderLibrary(place.Home), request, null,
            new Ending(place.File("part.run.safetensors"), step, cancel), cancel.Token));
    }

    private sealed class Ending(string file, int step, CancellationTokenSource cancel) : IProgress<JobProgress>
    {
        public void Report(JobProgress value)
        {
            if (File.Exists(file) && FluxStateFile.Load(file).Step == step) cancel.Cancel();
        }
    }

    private string Lora()
    {
        string file = place.File("lora.safetensors");
        if (!File.Exists(file))
            SafetensorsWriter.Write(file, [SafetensorsEntry.Of("double_blocks.0.img_attn.proj.lora_A.weight", new float[48], 1, 48),
                SafetensorsEntry.Of("double_blocks.0.img_attn.proj.lora_B.weight", new float[48], 48, 1)]);
        return file;
    }

    private string[] Parts(string model, bool allInOne)
    {
        string[] parts = SmallModels.Parts(place, model);
        string whole = Shared.Path("golden/flux-layouts/flux-tiny-schnell-all-in-one.safetensors");
        if (allInOne) (parts[1], parts[3], parts[5], parts[9]) = (whole, whole, whole, whole);
        return parts;
    }
}
