using System.Text.Json;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Latents;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.FluxGolden;

/// <summary>
/// Sides that 16 does not divide, as ComfyUI takes them: golden/flux-variants, case comfyodd, a latent of 7 x 9 positions that the model
/// sees as 8 x 10, the last row and column those of the beginning.
/// </summary>
public sealed class OddSideTests
{
    [Fact]
    public void The_velocity_of_an_odd_latent_is_that_of_ComfyUI()
    {
        using var io = new FluxRuns("flux-variants/sequences-io.safetensors", "dev");
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/flux-variants/cases.json")));
        float t = cases.RootElement.GetProperty("comfyodd").GetProperty("t").GetSingle();
        float[] x = io["comfyodd.latent"];
        Assert.Equal(LatentTokens.Pack(io["comfyodd.padded"], 8, 10), LatentTokens.Pack(x, 7, 9));

        FluxState state = io.Pipeline.Prepare(Request(io), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(20, state.Run.Tokens);
        // Euler's step to 0 is the picture behind x; the velocity is what has to be taken away for it.
        state = new FluxState(state.Run with { Sigmas = [t, 0] }, SamplerState.Start(x));
        FluxState next = io.Pipeline.Step(state, cancellationToken: TestContext.Current.CancellationToken);
        Correctness.Check("transformer comfyodd", "flux 802fb47, ComfyUI's padding", io["comfyodd.velocity"],
            [.. x.Zip(next.Latent.Values, (a, b) => (a - b) / t)], 1e-5);
    }

    [Fact]
    public void Odd_sides_are_taken_only_when_asked_for_and_pictures_have_them()
    {
        using var io = new FluxRuns("flux-variants/sequences-io.safetensors", "dev");
        FluxState state = io.Pipeline.Prepare(Request(io) with { Sampling = new FluxSampling { Steps = 2 } },
            cancellationToken: TestContext.Current.CancellationToken);
        while (!state.IsDone) state = io.Pipeline.Step(state, cancellationToken: TestContext.Current.CancellationToken);
        ImageTensor picture = io.Pipeline.Decode(state, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((72, 56), (picture.Width, picture.Height));
        Assert.All(picture.Values, v => Assert.True(float.IsFinite(v)));

        var refused = Assert.Throws<LatentSharpException>(() => io.Pipeline.Prepare(Request(io) with { OddSides = false }));
        Assert.Contains("multiples of 16", refused.Message, StringComparison.Ordinal);
        refused = Assert.Throws<LatentSharpException>(() => io.Pipeline.Prepare(Request(io) with { Width = 68 }));
        Assert.Contains("multiples of 8", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>golden/flux-variants/tables.json, size_rules: latents of pictures whose sizes ComfyUI has rounded.</summary>
    [Fact]
    public void Latents_have_ComfyUIs_sizes()
    {
        using JsonDocument tables = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/flux-variants/tables.json")));
        int compared = 0;
        foreach (JsonElement row in tables.RootElement.GetProperty("size_rules").GetProperty("rows").EnumerateArray())
        {
            int width = row.GetProperty("width").GetInt32() / 8 * 8, height = row.GetProperty("height").GetInt32() / 8 * 8;
            var text = new TextConditioning(new float[4], new float[1], 1);
            var run = new FluxRun { Width = width, Height = height, Text = text, Sampler = "euler", Sigmas = [1, 0] };
            int[] latent = [.. row.GetProperty("comfy").EnumerateArray().Select(v => v.GetInt32())];
            Assert.Equal((latent[0], latent[1]), (run.LatentHeight, run.LatentWidth));
            Assert.Equal((latent[0] + 1) / 2 * ((latent[1] + 1) / 2), run.Tokens);
            compared++;
        }
        Assert.Equal(7, compared);
    }

    private static FluxRequest Request(FluxRuns io) => new()
    {
        Height = 56, Width = 72, OddSides = true, Guidance = 3.5f, Conditioning = io.Text("comfyodd.txt", "comfyodd.vec"),
        Sampling = new FluxSampling { Steps = 1 }, Noise = new FluxNoise { Values = io["comfyodd.latent"] },
    };
}
