using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Tests.Weights;

namespace LatentSharp.Tests.Diffusion.Pipelines;

/// <summary>What is refused, before anything heavy, and what happens when a step goes wrong.</summary>
public sealed class PipelineRefusalTests
{
    private static readonly FluxRequest Good = new()
    {
        Prompt = "a cat", TextLength = 8, Height = 32, Width = 32,
        Sampling = new() { Steps = 2 }
    };

    [Fact]
    public void Parts_that_do_not_belong_together_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        FluxParts parts = SmallPipeline.Parts(folder, "flux-tiny-e2e-dev", allInOne: false);
        Refused(parts with { Autoencoder = Shared.Path("golden/sd-vae/sd-ch32.safetensors") }, "Stable Diffusion");
        Refused(parts with { Clip = parts.T5, T5 = parts.T5 }, "CLIP");
        Refused(parts with { T5 = parts.Clip }, "T5");
        Refused(parts with { T5 = Shared.Path("golden/text/t5-small.safetensors") }, "40 features");
        Refused(parts with { Transformer = parts.Autoencoder }, "FLUX.1 transformer");
        Refused(parts with { Loras = [new LoraPart(Shared.Path("golden/lora/kohya.safetensors"))] }, "kohya");
        Refused(parts with { Transformer = null }, "transformer");

        static void Refused(FluxParts parts, string part)
        {
            var error = Assert.Throws<LatentSharpException>(() => FluxPipeline.Open(parts).Dispose());
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Requests_that_make_no_sense_are_refused()
    {
        using var folder = new TemporaryFolder();
        using FluxPipeline flux = FluxPipeline.Open(SmallPipeline.Parts(folder, "flux-tiny-e2e-dev", allInOne: false));
        var picture = new FluxImages { Init = new ImageTensor(1, 32, 32) };
        Refused(Good with { Width = 40 }, "multiples of 16");
        Refused(Good with { Height = 0 }, "multiples of 16");
        Refused(Good with { Sampling = new() { Strength = 0 } }, "strength");
        Refused(Good with { Sampling = new() { Strength = 1.5 } }, "strength");
        Refused(Good with { Sampling = new() { Strength = 0.5 } }, "picture to change");
        Refused(Good with { Images = picture with { Mask = new float[16] } }, "16 values");
        Refused(Good with { Images = new FluxImages { Mask = new float[1024] } }, "mask");
        Refused(Good with { Images = new FluxImages { Init = new ImageTensor(1, 32, 48) } }, "48 x 32");
        Refused(Good with { Images = new FluxImages { Control = new ImageTensor(1, 32, 32) } }, "control");
        Refused(Good with { Cfg = 2 }, "negative");
        Refused(Good with { Sampling = new() { Sampler = "best" } }, "best");
        Refused(Good with { TextLength = 1000 }, "512");

        void Refused(FluxRequest request, string part)
        {
            var error = Assert.Throws<LatentSharpException>(() => flux.Prepare(request,
                cancellationToken: TestContext.Current.CancellationToken));
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Values_that_are_not_finite_are_named_with_step_and_block()
    {
        using var folder = new TemporaryFolder();
        FluxParts parts = SmallPipeline.Parts(folder, "flux-tiny-e2e-dev", allInOne: false);
        byte[] bytes = File.ReadAllBytes(parts.Transformer!);
        using (var file = LatentSharp.Weights.Files.SafetensorsFile.Open(parts.Transformer!))
        {
            // bfloat16 NaN in place of a weight
            long offset = file.Locate(file.Tensors["single_blocks.1.linear2.weight"])!.Offset;
            (bytes[offset], bytes[offset + 1]) = (0xFF, 0x7F);
        }
        string damaged = folder.Write("damaged.safetensors", bytes);
        using FluxPipeline flux = FluxPipeline.Open(parts with { Transformer = damaged });
        FluxState state = flux.Prepare(Good, cancellationToken: TestContext.Current.CancellationToken);
        var error = Assert.Throws<LatentSharpException>(() => flux.Step(state, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("step 1 of 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("single_blocks.1", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A step that fails leaves the state before it, which is kept, taken up, and ends as if nothing had been.</summary>
    [Fact]
    public void A_run_goes_on_from_before_a_step_that_was_not_finite()
    {
        using var folder = new TemporaryFolder();
        var engine = new Towards(0.25f);
        using FluxPipeline flux = FluxPipeline.Open(new FluxParts(), denoiser: engine);
        var request = Good with { Conditioning = new TextConditioning(new float[12], new float[2], 3) };
        FluxState first = flux.Step(flux.Prepare(request, cancellationToken: TestContext.Current.CancellationToken));
        float[] expected = flux.Step(first).Latent.Values;
        FluxStateFile.Save(folder.File("run.safetensors"), first);

        engine.Value = float.NaN;
        var error = Assert.Throws<LatentSharpException>(() => flux.Step(first, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("step 2 of 2", error.Message, StringComparison.Ordinal);
        engine.Value = 0.25f;
        Assert.Equal(expected, flux.Step(FluxStateFile.Load(folder.File("run.safetensors"))).Latent.Values);
    }

    [Fact]
    public void Cancelling_leaves_the_state_as_it_was()
    {
        using var folder = new TemporaryFolder();
        using FluxPipeline flux = FluxPipeline.Open(SmallPipeline.Parts(folder, "flux-tiny-e2e-dev", allInOne: false));
        FluxState state = flux.Prepare(Good, cancellationToken: TestContext.Current.CancellationToken);
        float[] before = [.. state.Sampler.X];
        using var cancel = new CancellationTokenSource();
        var progress = new Told(_ => cancel.Cancel());
        Assert.ThrowsAny<OperationCanceledException>(() => flux.Step(state, progress, cancel.Token));
        Assert.Equal(before, state.Sampler.X);
    }

    [Fact]
    public void Another_engine_takes_the_transformers_place()
    {
        var engine = new Towards(0.25f);
        using FluxPipeline flux = FluxPipeline.Open(new FluxParts(), denoiser: engine);
        FluxState state = flux.Prepare(Good with { Conditioning = new TextConditioning(new float[8], new float[2], 2) },
            cancellationToken: TestContext.Current.CancellationToken);
        while (!state.IsDone) state = flux.Step(state, cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(state.Latent.Values, v => Assert.Equal(0.25f, v, 1e-5f));
        Assert.Equal(2, engine.Calls);
    }

    // Sees the same picture in everything: x - t * v.
    private sealed class Towards(float value) : IDenoiser
    {
        public float Value { get; set; } = value;

        public int Calls { get; private set; }

        public DenoiserFacts Facts => new("test", 64, 4, 2, Guidance: true);

        public void Predict(DenoiserInput input, Span<float> velocity, IProgress<StepProgress>? progress = null,
            CancellationToken cancellationToken = default)
        {
            Calls++;
            for (int i = 0; i < velocity.Length; i++) velocity[i] = (input.Img.Span[i] - Value) / input.Time;
        }
    }

    private sealed class Told(Action<StepProgress> tell) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => tell(value);
    }
}
