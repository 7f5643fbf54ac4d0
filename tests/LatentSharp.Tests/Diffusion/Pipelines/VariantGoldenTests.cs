using System.Text.Json;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Diffusion.Schedules;
using LatentSharp.Tests.Reference;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Diffusion.Pipelines;

/// <summary>Whole runs with pictures beside the prompt: golden/flux-variants, made by the original modules under every program's
/// rules.</summary>
public sealed class VariantGoldenTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("i2i_bfl", ImageRule.Bfl)]
    [InlineData("i2i_diffusers", ImageRule.Diffusers)]
    [InlineData("i2i_comfy", ImageRule.Comfy)]
    [InlineData("inpaint_diffusers", ImageRule.Diffusers)]
    [InlineData("inpaint_comfy", ImageRule.Comfy)]
    [InlineData("inpaint_comfy_partial", ImageRule.Comfy)]
    public async Task Pictures_are_changed_as_each_program_does_it(string name, ImageRule rule)
    {
        using var io = new Case("img2img-inpaint", name, "transformer/flux-tiny-dev.safetensors");
        // diffusers draws the posterior, with noise of its own: its latent is given.
        bool sampled = io.Has("moments") || name == "inpaint_diffusers";
        ImageTensor init = io.Picture("image_u8");
        await io.Run(new FluxRequest
        {
            Images = new FluxImages
            {
                Init = init, InitLatent = sampled ? new Latent(LatentSpace.Flux1, io["latent"], 1, io.Height / 8, io.Width / 8) : null,
                Mask = io.Has("mask_u8") ? io.Mask("mask_u8") : null, Rule = rule,
            },
            Sampling = new FluxSampling
            {
                Schedule = rule == ImageRule.Comfy ? ScheduleKind.Simple : ScheduleKind.Bfl, Strength = io.Number("strength"),
                Steps = (int)io.Number("steps"),
            },
        }, "flux 802fb47", what: $"{name} by {rule}");
    }

    [Theory]
    [InlineData("fill_hard", ImageRule.Bfl)]
    [InlineData("fill_hard", ImageRule.Diffusers)]
    [InlineData("fill_hard", ImageRule.Comfy)]
    [InlineData("fill_bfl", ImageRule.Bfl)]
    [InlineData("fill_diffusers", ImageRule.Diffusers)]
    [InlineData("fill_comfy", ImageRule.Comfy)]
    public async Task Fill_reads_masks_as_each_program_does(string name, ImageRule rule)
    {
        using var io = new Case("fill-io", name, "flux-variants/flux-tiny-fill.safetensors");
        var images = new FluxImages { Init = io.Picture("image_u8"), Mask = io.Mask("mask_u8"), Rule = rule };
        FluxState start = await io.Run(new FluxRequest { Images = images, Sampling = io.Steps }, "flux 802fb47", what: $"{name} by {rule}");
        Correctness.Check($"{name} by {rule} condition", "flux 802fb47", io["img_cond"], start.Run.Beside!, 1e-5);
    }

    [Fact]
    public async Task Canny_and_depth_follow_a_control_picture()
    {
        foreach (string name in new[] { "control", "control_b2" })
        {
            using var io = new Case("control-io", name, "flux-variants/flux-tiny-control.safetensors");
            for (int i = 0; i < io.Count; i++)
                await io.Run(new FluxRequest { Images = new FluxImages { Control = io.Picture("control_u8") }, Sampling = io.Steps },
                    "flux 802fb47", i);
        }
    }

    [Fact]
    public async Task Kontext_looks_at_a_reference()
    {
        using var io = new Case("sequences-io", "kontext", "transformer/flux-tiny-dev.safetensors");
        var images = new FluxImages { References = [io.Picture("reference_u8")] };
        FluxState start = await io.Run(new FluxRequest { Images = images, Sampling = io.Steps }, "flux 802fb47");
        Assert.Equal(io["cond_seq_ids"], start.Run.ReferenceIds!);
    }

    [Theory]
    [InlineData("cfg", "transformer/flux-tiny-dev.safetensors")]
    [InlineData("batch3", "transformer/flux-tiny-schnell.safetensors")]
    [InlineData("redux", "transformer/flux-tiny-dev.safetensors")]
    public async Task Texts_of_all_kinds_lead_to_the_latent(string name, string model)
    {
        using var io = new Case("sequences-io", name, model);
        for (int i = 0; i < io.Count; i++) await io.Run(new FluxRequest { Sampling = io.Steps }, "flux 802fb47", i);
    }

    // A start index of each program for many steps and strengths: shared/golden/flux-variants/tables.json.
    [Fact]
    public void Steps_are_left_out_by_each_programs_rule()
    {
        using JsonDocument tables = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/flux-variants/tables.json")));
        foreach (JsonElement row in tables.RootElement.GetProperty("start_index").GetProperty("rows").EnumerateArray())
        {
            (int steps, double strength) = (row.GetProperty("N").GetInt32(), row.GetProperty("strength").GetDouble());
            Assert.Equal(row.GetProperty("bfl").GetInt32(), RunStart.First(ImageRule.Bfl, steps, strength));
            Assert.Equal(row.GetProperty("diffusers").GetInt32(), RunStart.First(ImageRule.Diffusers, steps, strength));
        }
    }

    // One run of a file of golden/flux-variants with its text and noise given.
    private sealed class Case : IDisposable
    {
        private readonly WeightFile file;
        private readonly TemporaryFolder folder = new();
        private readonly JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/flux-variants/cases.json")));
        private readonly FluxPipeline flux;
        private readonly string name;

        public Case(string io, string name, string model)
        {
            this.name = name;
            file = WeightFiles.Open(Shared.Path($"golden/flux-variants/{io}.safetensors"));
            string configuration = folder.File("parts.json");
            File.WriteAllText(configuration,
                $"{{\"axes_dims_rope\": [{(model.Contains("schnell", StringComparison.Ordinal) ? "8, 8, 8" : "8, 12, 12")}]}}");
            flux = FluxPipeline.Open(new FluxParts
            {
                Transformer = Shared.Path("golden/" + model), Autoencoder = Shared.Path("models/synthetic/flux-ch32-bf16.safetensors"),
                Configuration = configuration,
            }, new ComputeOptions { Threads = 2 });
        }

        public int Height => (int)Number("height");

        public int Width => (int)Number("width");

        public int Count => (int)file.Tensors[$"{name}.txt"].Shape[0];

        public FluxSampling Steps => new() { Steps = (int)Number("steps") };

        public float[] this[string tensor] => file.Read(file.Tensors[$"{name}.{tensor}"]);

        public bool Has(string tensor) => file.Tensors.ContainsKey($"{name}.{tensor}");

        public double Number(string key) => cases.RootElement.GetProperty(name).GetProperty(key).GetDouble();

        public float[] Mask(string tensor) => [.. Bytes(tensor).Select(b => b / 255f)];

        public ImageTensor Picture(string tensor)
        {
            long[] shape = [.. file.Tensors[$"{name}.{tensor}"].Shape.Dimensions];
            return ImageTensor.FromPixels(Bytes(tensor), (int)shape[1], (int)shape[0], PixelFormat.Rgb24);
        }

        public async Task<FluxState> Run(FluxRequest request, string reference, int item = 0, string? what = null)
        {
            what ??= $"{name} {item}";
            FluxState start = flux.Prepare(request with
            {
                Height = Height,
                Width = Width,
                Conditioning = Text("", item),
                NegativeConditioning = Has("neg_txt") ? Text("neg_", item)
                    : null,
                Cfg = Has("neg_txt") ? Number("true_cfg_scale") : 1,
                Guidance = cases.RootElement.GetProperty(name).TryGetProperty("guidance", out JsonElement guidance) ? guidance.GetSingle()
                    : null,
                Noise = new FluxNoise { Values = Part("noise", item) },
            }, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(this["timesteps"].Length, start.Run.Sigmas.Length);
            Assert.All(this["timesteps"].Zip(start.Run.Sigmas), p => Assert.Equal(p.First, p.Second, 2e-6f));
            if (Has("start")) Correctness.Check(what + " start", reference, Part("start", item), start.Sampler.X, Tolerance);
            if (Has("mask_latent")) Near(this["mask_latent"], start.Run.Mask!, what + " mask", 1e-6);
            FluxState state = start;
            await foreach (FluxState next in flux.Denoise(start, cancellationToken: TestContext.Current.CancellationToken))
            {
                // Latents on the way have their line on the page by the last of them; here each counts.
                Near(Part($"step{state.Step}.latent_in", item), Packed(state.Sampler.X), $"{what} before step {state.Step}");
                if (Has($"step{state.Step}.denoised"))
                    Near(Part($"step{state.Step}.denoised", item), Packed(next.Preview!.Values), $"{what} seen in step {state.Step}");
                state = next;
            }
            Correctness.Check(what + " latent", reference, Part("final", item), SmallPipeline.Packed(state), Tolerance);
            if (Has("unpacked")) Near(Part("unpacked", item), state.Latent.Values, what + " unpacked");
            if (Has("image"))
                Correctness.Check(what + " picture", reference, Part("image", item),
                    flux.Decode(state, cancellationToken: TestContext.Current.CancellationToken).Values, Tolerance);
            return start;
        }

        private float[] Packed(float[] latent) => LatentSharp.Latents.LatentTokens.Pack(latent, Height / 8, Width / 8);

        private static void Near(float[] expected, float[] found, string what, double tolerance = Tolerance)
        {
            double range = expected.Max() - (double)expected.Min(), worst = expected.Zip(found, (e, f) => Math.Abs(e - (double)f)).Max();
            Assert.True(worst <= tolerance * range, $"{what}: {worst} of {range}");
        }

        public void Dispose()
        {
            flux.Dispose();
            cases.Dispose();
            folder.Dispose();
            file.Dispose();
        }

        private TextConditioning Text(string prefix, int item)
        {
            int tokens = (int)file.Tensors[$"{name}.{prefix}txt"].Shape[1];
            return new TextConditioning(Part(prefix + "txt", item), Part(prefix + "vec", item), tokens);
        }

        private float[] Part(string tensor, int item)
        {
            float[] all = this[tensor];
            int size = all.Length / (int)file.Tensors[$"{name}.{tensor}"].Shape[0];
            return all.AsSpan(item * size, size).ToArray();
        }

        private byte[] Bytes(string tensor)
        {
            LatentSharp.Weights.TensorInfo info = file.Tensors[$"{name}.{tensor}"];
            var bytes = new byte[info.ByteLength];
            file.ReadBytes(info, 0, bytes);
            return bytes;
        }
    }
}
