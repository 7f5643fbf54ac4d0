using System.Text.Json;
using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Tests.Reference;
using LatentSharp.Tests.Weights;

namespace LatentSharp.Tests.Diffusion.Pipelines;

/// <summary>From a prompt and a seed to the picture: golden/end-to-end, made by the original modules.</summary>
public sealed class PipelineGoldenTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("s1", false)]
    [InlineData("s2", false)]
    [InlineData("d1", false)]
    [InlineData("s1", true)]
    [InlineData("s2", true)]
    public async Task A_prompt_and_a_seed_give_the_picture(string name, bool allInOne)
    {
        var io = new Golden("end-to-end/end-to-end-io.safetensors");
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/end-to-end/cases.json")));
        JsonElement one = cases.RootElement.GetProperty(name);
        using var folder = new TemporaryFolder();
        using FluxPipeline flux = FluxPipeline.Open(SmallPipeline.Parts(folder, one.GetProperty("model").GetString()!, allInOne),
            new ComputeOptions { Threads = 2 });
        string[] prompts = [.. one.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!)];
        for (int i = 0; i < prompts.Length; i++)
        {
            bool bf16 = one.GetProperty("noise").GetString()!.Contains("bfloat16", StringComparison.Ordinal);
            FluxState state = flux.Prepare(new FluxRequest
            {
                Prompt = prompts[i], Height = one.GetProperty("height").GetInt32(), Width = one.GetProperty("width").GetInt32(),
                Guidance = one.GetProperty("guidance").ValueKind == JsonValueKind.Null ? null : one.GetProperty("guidance").GetSingle(),
                Sampling = new FluxSampling { Steps = one.GetProperty("steps").GetInt32() },
                Noise = new FluxNoise
                {
                    Seed = one.GetProperty("seeds")[i].GetUInt64(), Kind = bf16 ? NoiseKind.TorchBFloat16 : NoiseKind.TorchFloat32,
                },
            }, cancellationToken: TestContext.Current.CancellationToken);
            string what = $"{(allInOne ? "all in one file" : "pipeline")} {name} {i}";
            Assert.All(io[name + ".timesteps"].Zip(state.Run.Sigmas), p => Assert.Equal(p.First, p.Second, 2e-6f));
            Check(io.Picture(name + ".noise", i), state.Sampler.X, what + " noise", 0);
            Check(io.Picture(name + ".pooled", i), state.Run.Text.Pooled.ToArray(), what + " pooled text", 1e-5);
            Check(io.Picture(name + ".txt", i), state.Run.Text.Text.ToArray(), what + " text", 3e-5);
            await foreach (FluxState next in flux.Denoise(state, cancellationToken: TestContext.Current.CancellationToken))
            {
                Check(io.Picture($"{name}.step{state.Step}.latent_in", i), SmallPipeline.Packed(state), $"{what} step {state.Step}",
                    Tolerance);
                state = next;
            }
            Check(io.Picture(name + ".final", i), SmallPipeline.Packed(state), what + " latent", Tolerance);
            ImageTensor picture = flux.Decode(state, cancellationToken: TestContext.Current.CancellationToken);
            Check(io.Picture(name + ".image", i), picture.Values, what + " picture", Tolerance);
            Levels(io.Picture(name + ".image_rounded", i), picture);
        }
    }

    // Products in eight bits, everything else in float32: how far the last latent and the picture are from the reference's after all steps.
    [Theory]
    [InlineData("s1")]
    [InlineData("s2")]
    [InlineData("d1")]
    public async Task In_eight_bits_the_picture_stays_near(string name)
    {
        var io = new Golden("end-to-end/end-to-end-io.safetensors");
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/end-to-end/cases.json")));
        JsonElement one = cases.RootElement.GetProperty(name);
        using var folder = new TemporaryFolder();
        using FluxPipeline flux = FluxPipeline.Open(SmallPipeline.Parts(folder, one.GetProperty("model").GetString()!, allInOne: false),
            new ComputeOptions { Threads = 2, Precision = Precision.Int8 });
        FluxState state = flux.Prepare(new FluxRequest
        {
            Prompt = one.GetProperty("prompts")[0].GetString()!, Height = one.GetProperty("height").GetInt32(),
            Width = one.GetProperty("width").GetInt32(),
            Guidance = one.GetProperty("guidance").ValueKind == JsonValueKind.Null ? null : one.GetProperty("guidance").GetSingle(),
            Sampling = new FluxSampling { Steps = one.GetProperty("steps").GetInt32() },
            Noise = new FluxNoise { Values = io.Picture(name + ".noise", 0) },
        }, cancellationToken: TestContext.Current.CancellationToken);
        await foreach (FluxState next in flux.Denoise(state, cancellationToken: TestContext.Current.CancellationToken)) state = next;
        Check(io.Picture(name + ".final", 0), SmallPipeline.Packed(state), $"int8 pipeline {name} latent", 1e-2);
        ImageTensor picture = flux.Decode(state, cancellationToken: TestContext.Current.CancellationToken);
        Check(io.Picture(name + ".image", 0), picture.Values, $"int8 pipeline {name} picture", 1e-2);
    }

    [Fact]
    public void A_prompt_that_is_too_long_is_cut_with_a_note()
    {
        using var folder = new TemporaryFolder();
        using FluxPipeline flux = FluxPipeline.Open(SmallPipeline.Parts(folder, "flux-tiny-e2e-dev", allInOne: false));
        TextConditioning text = flux.Encode(string.Join(", ", Enumerable.Range(0, 60).Select(i => $"item{i}")), 16,
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(2, text.Notes.Count);
        Assert.Contains("CLIP", text.Notes[0], StringComparison.Ordinal);
        Assert.Contains("item59", text.Notes[0], StringComparison.Ordinal);
        Assert.Contains("T5", text.Notes[1], StringComparison.Ordinal);
        Assert.Equal(16, text.Tokens);
    }

    [Theory]
    [InlineData("euler")]
    [InlineData("dpmpp_2m")]
    [InlineData("euler_ancestral")]
    [InlineData("uni_pc")]
    public void A_state_that_was_kept_in_a_file_goes_on_with_the_same_bits(string sampler)
    {
        using var folder = new TemporaryFolder();
        FluxParts parts = SmallPipeline.Parts(folder, "flux-tiny-e2e-dev", allInOne: false);
        using FluxPipeline flux = FluxPipeline.Open(parts);
        var request = new FluxRequest
        {
            Prompt = "a cat", Negative = "a dog", Cfg = 2, TextLength = 16, Height = 32, Width = 48,
            Sampling = new FluxSampling { Steps = 4, Sampler = sampler },
        };
        FluxState state = flux.Prepare(request, cancellationToken: TestContext.Current.CancellationToken);
        var states = new List<FluxState> { state };
        while (!state.IsDone) states.Add(state = flux.Step(state, cancellationToken: TestContext.Current.CancellationToken));
        foreach (FluxState kept in states)
        {
            string file = folder.File("state.safetensors");
            FluxStateFile.Save(file, kept);
            using FluxPipeline other = FluxPipeline.Open(parts with { Clip = null, T5 = null, Tokenizers = null });
            FluxState again = FluxStateFile.Load(file);
            while (!again.IsDone) again = other.Step(again, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(state.Latent.Values, again.Latent.Values);
        }
    }

    // Values of [h, w, 3] as diffusers rounds them, and as pictures are written here; at an edge either side will do.
    private static void Levels(float[] rounded, ImageTensor picture)
    {
        int plane = picture.Width * picture.Height, other = 0;
        for (int i = 0; i < rounded.Length; i++)
        {
            float level = MathF.Round(127.5f * (Math.Clamp(picture.Values[i % 3 * plane + i / 3], -1, 1) + 1));
            Assert.InRange(Math.Abs(level - rounded[i]), 0, 1);
            if (level != rounded[i]) other++;
        }
        Assert.InRange(other, 0, rounded.Length / 500);
    }

    private static void Check(float[] expected, float[] found, string what, double tolerance)
        => Correctness.Check(what, "flux 802fb47, transformers 4.43", expected, found, tolerance);
}
