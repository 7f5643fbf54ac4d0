using System.Globalization;
using System.Text.Json;
using LatentSharp.Diffusion.Discrete;
using LatentSharp.Diffusion.Noise;
using LatentSharp.Graph;
using LatentSharp.Models.Pixel;
using LatentSharp.Service;
using LatentSharp.Service.Generating;
using LatentSharp.Tests.Graph;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// <c>latent generate --model FOLDER</c> on models on pixels, laid out as google/ddpm-* (all in one folder) and as today's pipelines
/// (<c>unet</c>, <c>scheduler</c>). The networks are those of golden/unet2d.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class GeneratePixelTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    // What DDPMPipeline of diffusers does with torch.manual_seed: one generator, first the picture's noise, then that of each step.
    [Theory]
    [InlineData("flat", "ddpm", "diffusers", 2, null)]
    [InlineData("nested", "ddpm", "comfyui", 2, null)]
    [InlineData("flat", "ddim", "diffusers", 1, null)]
    [InlineData("flat", "ddim", "diffusers", 2, 0.5)]
    [InlineData("nested", "ddim", "comfyui", 2, 1.0)]
    public void Noise_is_drawn_as_the_pipelines_of_diffusers_draw_it(string layout, string sampler, string order, int count, double? eta)
    {
        Model(layout);
        string[] share = eta is null ? [] : ["--eta", eta.Value.ToString(CultureInfo.InvariantCulture)];
        JsonElement done = place.Latent(["generate", "--model", layout, "--sampler", sampler, "--steps", "3", "--seed", "5", "--noise",
            "torch-fp32", "--noise-order", order, "--count", $"{count}", "-o", "out.safetensors", "--json", .. share]).Expect(0).Json;
        Assert.Equal(count, done.GetProperty("pictures").GetArrayLength());
        using WeightFile file = WeightFiles.Open(place.File("out.safetensors"));
        float[] found = file.Read(file.Tensors["image"]);
        int size = 3 * 16 * 16;
        var expected = new float[count * size];
        using WeightFile weights = WeightFiles.Open(Shared.Path("golden/unet2d/cifar-w32.safetensors"));
        NetworkGraph unet = UNet2D.Of(UNet2DWeights.From(weights), UNet2DSettings.Published, 16, 16);
        var steps = new DiscreteSampler(new DiscreteSchedule { LargeVariance = true },
            sampler == "ddpm" ? DiscreteMethod.Ddpm : DiscreteMethod.Ddim, 3, eta ?? 0);
        bool together = order == "comfyui";
        for (int i = 0; i < count; i++)
        {
            var generator = new TorchGenerator(together ? 5UL : 5UL + (ulong)i);
            float[] x = Draw();
            for (int step = 0; step < 3; step++)
            {
                float[] output = NetworkGraphTests.RunCpu(unet, new() { ["sample"] = x, ["timestep"] = [steps.Times[step]] })["out"];
                x = steps.Step(step, x, output, steps.DrawsNoise(step) ? Draw() : []).Next;
            }
            x.CopyTo(expected, i * size);

            float[] Draw()
            {
                var all = new float[together ? count * size : size];
                generator.Fill(all);
                return all.AsSpan(together ? i * size : 0, size).ToArray();
            }
        }
        // The command keeps weights packed over the steps, which rounds as every run does.
        Assert.InRange(expected.Zip(found, (e, f) => Math.Abs(e - f)).Max(), 0, 1e-6 * (expected.Max() - expected.Min()));
    }

    [Fact]
    public void A_run_that_was_ended_anywhere_goes_on_with_the_same_bits_and_a_picture_is_made_again()
    {
        Model("flat");
        string[] command = ["generate", "--model", "flat", "--sampler", "ddim", "--eta", "0.7", "--steps", "4", "--seed", "3"];
        place.Latent([.. command, "-o", "whole.png", "--preview", "steps", "--save-latents"]).Expect(0);
        Assert.Equal(4, Directory.GetFiles(place.File("steps")).Length);
        byte[] whole = File.ReadAllBytes(place.File("whole.png"));
        for (int step = 1; step < 4; step++)
        {
            using var cancel = new CancellationTokenSource();
            var request = new GenerateRequest
            {
                Parts = new(), Model = place.File("flat"), Sampler = "ddim", Eta = 0.7, Steps = 4, Seed = 3, Output = place.File("part.png"),
            };
            string run = place.File("part.run.safetensors");
            Assert.ThrowsAny<OperationCanceledException>(() => GeneratePictures.Run(new AutoencoderLibrary(place.Home), request, null,
                new Ending(run, step, cancel), cancel.Token));
            Assert.Equal(step, place.Latent([.. command, "-o", "part.png", "--resume", "--json"]).Expect(0).Json.GetProperty("pictures")[0]
                .GetProperty("resumed_at").GetInt32());
            Assert.Equal(whole, File.ReadAllBytes(place.File("part.png")));
            Assert.False(File.Exists(run));
        }
        Assert.Equal("pixels", place.Latent("inspect", "whole.latent.safetensors", "--json").Expect(0).Json.GetProperty("space")
            .GetString());
        PictureMetadata metadata = PictureMetadata.Read(place.File("whole.png"))!;
        Assert.Equal((4, "3"), (metadata.Steps, metadata.Seed));
        place.Latent("generate", "--from", "whole.png", "--model", "flat", "-o", "again.png").Expect(0);
        Assert.Equal(whole, File.ReadAllBytes(place.File("again.png")));
    }

    [Fact]
    public void What_is_missing_or_makes_no_sense_is_said()
    {
        Model("flat");
        Refused(2, "no use for prompt", "a cat", "--model", "flat");
        Refused(2, "no use for guidance", "--model", "flat", "--guidance", "3");
        Refused(2, "not by euler", "--model", "flat", "--sampler", "euler");
        Refused(2, "leading", "--model", "flat", "--schedule", "beta");
        Refused(2, "1 to 1000 steps", "--model", "flat", "--steps", "1001");
        Refused(2, "from 0 to 1", "--model", "flat", "--sampler", "ddim", "--eta", "1.5");
        Refused(2, "ddpm adds all of its noise", "--model", "flat", "--eta", "0.5");
        Refused(3, "multiples of 8", "--model", "flat", "--size", "20x16");
        File.WriteAllText(place.File("flat/scheduler_config.json"), """{"variance_type": "learned"}""");
        Refused(3, "variance_type learned", "--model", "flat");
        File.Delete(place.File("flat/scheduler_config.json"));
        Refused(4, "scheduler_config.json", "--model", "flat");
        File.Delete(place.File("flat/diffusion_pytorch_model.safetensors"));
        Refused(4, "diffusion_pytorch_model.safetensors", "--model", "flat");
        Assert.Empty(Directory.GetFiles(place.Folder, "*.png"));

        void Refused(int code, string part, params string[] arguments)
            => Assert.Contains(part, place.Latent(["generate", .. arguments, "-o", "no.png"]).Expect(code).Error, StringComparison.Ordinal);
    }

    // cifar-w32 with a smaller picture, so that the test is quick.
    [Fact]
    public void A_picture_is_planned_before_it_is_made()
    {
        Model("nested");
        JsonElement plan = place.Latent("plan", "--model", "nested", "--json").Expect(0).Json, network = plan.GetProperty("network");
        Assert.Equal((16, 16, "ddpm", 1000), (plan.GetProperty("picture").GetProperty("width").GetInt32(),
            plan.GetProperty("picture").GetProperty("height").GetInt32(), plan.GetProperty("sampler").GetString(), plan.GetProperty("steps").GetInt32()));
        using WeightFile weights = WeightFiles.Open(Shared.Path("golden/unet2d/cifar-w32.safetensors"));
        NetworkGraph unet = UNet2D.Of(UNet2DWeights.From(weights), UNet2DSettings.Published, 16, 16);
        Assert.Equal(unet.MultiplyAdds, network.GetProperty("multiply_adds").GetInt64());
        Assert.Equal(weights.Tensors.Values.Sum(t => t.ByteLength), network.GetProperty("stored_bytes").GetInt64());
        Assert.Equal(1000 * plan.GetProperty("seconds_per_step").GetDouble(), plan.GetProperty("seconds").GetDouble(), 1e-6);

        string said = place.Latent("plan", "--model", "nested", "--size", "32x16", "--steps", "20").Expect(0).Output;
        Assert.Contains("32 x 16 in 20 steps of ddpm", said, StringComparison.Ordinal);
        Assert.Contains("halve", place.Latent("plan", "--model", "nested", "--size", "30x16").Expect(3).Error, StringComparison.Ordinal);
        Assert.Contains("1000", place.Latent("plan", "--model", "nested", "--steps", "1001").Expect(2).Error, StringComparison.Ordinal);
        Assert.Contains("float32", place.Latent("plan", "--model", "nested", "--precision", "int8").Expect(2).Error, StringComparison.Ordinal);
    }

    private void Model(string layout)
    {
        string unet = Directory.CreateDirectory(place.File(layout == "nested" ? "nested/unet" : layout)).FullName;
        string scheduler = Directory.CreateDirectory(place.File(layout == "nested" ? "nested/scheduler" : layout)).FullName;
        File.Copy(Shared.Path("golden/unet2d/cifar-w32.safetensors"), Path.Combine(unet, "diffusion_pytorch_model.safetensors"));
        File.WriteAllText(Path.Combine(unet, "config.json"), File.ReadAllText(Shared.Path("golden/unet2d/cifar-w32.config.json"))
            .Replace("\"sample_size\": 32", "\"sample_size\": 16", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(scheduler, "scheduler_config.json"),
            """{"_class_name": "DDPMScheduler", "beta_schedule": "linear", "variance_type": "fixed_large", "clip_sample": true}""");
        File.WriteAllText(place.File(layout + "/model_index.json"),
            """{"_class_name": "DDPMPipeline", "scheduler": ["diffusers", "DDPMScheduler"], "unet": ["diffusers", "UNet2DModel"]}""");
    }

    private sealed class Ending(string file, int step, CancellationTokenSource cancel) : IProgress<JobProgress>
    {
        public void Report(JobProgress value)
        {
            if (!File.Exists(file)) return;
            using SafetensorsFile kept = SafetensorsFile.Open(file);
            if (kept.Metadata["step"] == $"{step}") cancel.Cancel();
        }
    }
}
