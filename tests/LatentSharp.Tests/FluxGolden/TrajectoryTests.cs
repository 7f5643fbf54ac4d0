using System.Collections.Immutable;
using System.Text.Json;
using LatentSharp.Cpu;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Graph;
using LatentSharp.Latents;
using LatentSharp.Models.Flux;
using LatentSharp.Tests.Diffusion.Pipelines;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.FluxGolden;

/// <summary>
/// Whole runs of the original modules and pictures as programs round them: golden/transformer, trajectories.safetensors and the PNG files
/// beside it.
/// </summary>
public sealed class TrajectoryTests
{
    private const string Source = "flux 802fb47";
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("dev4", "dev")]
    [InlineData("dev4b2", "dev")]
    [InlineData("schnell4", "schnell")]
    [InlineData("kontext3", "dev")]
    public void Runs_pass_through_the_latents_of_the_reference(string name, string model)
    {
        using var io = new FluxRuns("transformer/trajectories.safetensors", model);
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/transformer/trajectories.json")));
        JsonElement one = cases.RootElement.GetProperty(name);
        for (int i = 0; i < one.GetProperty("batch").GetInt32(); i++)
        {
            FluxState state = io.Pipeline.Prepare(new FluxRequest
            {
                Height = one.GetProperty("height").GetInt32(), Width = one.GetProperty("width").GetInt32(),
                Conditioning = io.Text(name + ".txt", name + ".vec", i), Guidance = one.GetProperty("guidance").GetSingle(),
                Sampling = new FluxSampling { Steps = one.GetProperty("steps").GetInt32() },
                Noise = new FluxNoise { Values = io[name + ".z", i] },
            }, cancellationToken: TestContext.Current.CancellationToken);
            if (name == "kontext3")
            {
                FluxRun run = state.Run with { Reference = io["kontext3.cond_seq"], ReferenceIds = io["kontext3.cond_seq_ids"] };
                state = state with { Run = run };
            }
            Assert.All(io[name + ".timesteps"].Zip(state.Run.Sigmas), p => Assert.Equal(p.First, p.Second, 2e-6f));
            string what = $"trajectory {name} {i}";
            while (!state.IsDone)
            {
                float[] before = SmallPipeline.Packed(state);
                int step = state.Step;
                Correctness.Check($"{what} step {step}", Source, io[$"{name}.step{step}.latent_in", i], before, Tolerance);
                state = io.Pipeline.Step(state, cancellationToken: TestContext.Current.CancellationToken);
            }
            Correctness.Check(what + " latent", Source, io[name + ".final", i], SmallPipeline.Packed(state), Tolerance);
            Correctness.Check(what + " unpacked", Source, io[name + ".unpacked", i], state.Latent.Values, Tolerance);
            ImageTensor picture = io.Pipeline.Decode(state, cancellationToken: TestContext.Current.CancellationToken);
            Correctness.Check(what + " picture", Source, io[name + ".image", i], picture.Values, Tolerance);
            Same(PictureFile.Load(Shared.Path($"golden/transformer/{name}-{i}.rounded.png")).Image, picture);
        }
    }

    // Levels as diffusers rounds them, which is how pictures are written here; a value at an edge may fall to either side.
    private static void Same(ImageTensor expected, ImageTensor picture)
    {
        Assert.Equal((expected.Width, expected.Height), (picture.Width, picture.Height));
        int other = 0;
        for (int i = 0; i < picture.Values.Length; i++)
        {
            float found = MathF.Round(127.5f * (Math.Clamp(picture.Values[i], -1, 1) + 1));
            float level = MathF.Round(127.5f * (expected.Values[i] + 1));
            Assert.InRange(Math.Abs(found - level), 0, 1);
            if (found != level) other++;
        }
        Assert.InRange(other, 0, picture.Values.Length / 500);
    }

    /// <summary>What each block of the original gives: mean, deviation and the first eight values.</summary>
    [Theory]
    [InlineData("dev")]
    [InlineData("schnell")]
    public void Every_block_gives_what_the_originals_gives(string model) => Assert.InRange(BlockTrace.Compare(model), 6, 20);

    /// <summary>Angles of positions, there as [[cosine, -sine], [sine, cosine]], and the sinusoid of time and guidance.</summary>
    [Fact]
    public void Angles_and_times_are_those_of_the_reference()
    {
        var io = new Golden("transformer/flux-tiny-dev-io.safetensors");
        (string, ImmutableArray<int>)[] cases = [("rope", [8, 12, 12]), ("rope_real_axes_16_56_56", [16, 56, 56])];
        foreach ((string name, ImmutableArray<int> axes) in cases)
        {
            float[] ids = io[name + ".ids"], pe = io[name + ".pe"];
            Node table = Build.Sequence("ids", ids.Length / 3, 3).RotaryTable(axes, FluxTransformer.Theta, "pe");
            // Here a token has its cosines first, then its sines.
            float[] expected = [.. pe.Chunk(4 * axes.Sum() / 2)
                .SelectMany(token => token.Where((_, i) => i % 4 == 0).Concat(token.Where((_, i) => i % 4 == 2)))];
            Correctness.Check("angles " + name, Source, expected, Run(table, ids), 2e-6);
        }
        float[] t = io["timestep_embedding.t"];
        Correctness.Check("sinusoid of time", Source, io["timestep_embedding.out"],
            Run(Build.Sequence("t", t.Length, 1).SinusoidalEmbedding(256, 1000), t), 2e-6);

        static float[] Run(Node node, float[] input)
        {
            var found = new float[node.Shape.Count];
            var graph = new NetworkGraph("part", new Output("out", node, Layout.ChannelsLast));
            DefaultDevice.Compile(graph, new ComputeOptions { Threads = 1 }).Run(input, found);
            return found;
        }
    }

    /// <summary>golden/transformer/pack-io: "b c (h ph) (w pw) -> b (h w) (c ph pw)", positions, and back.</summary>
    [Fact]
    public void Latents_become_tokens_and_latents_again_as_in_the_reference()
    {
        var io = new Golden("transformer/pack-io.safetensors");
        foreach (string name in (string[])["p0", "p1", "p2"])
        {
            long[] shape = [.. io.ShapeOf(name + ".latent").Dimensions];
            (int h, int w) = ((int)shape[2], (int)shape[3]);
            float[] tokens = LatentTokens.Pack(io.Picture(name + ".latent", 0), h, w);
            Assert.Equal(io.Picture(name + ".img", 0), tokens);
            Assert.Equal(io.Picture(name + ".img_ids", 0), LatentTokens.Ids(0, h / 2, w / 2));
            Assert.All(io[name + ".txt_ids"], v => Assert.Equal(0, v));
            var back = new float[tokens.Length];
            LatentTokens.Unpack(tokens, back, h, w);
            Assert.Equal(io.Picture(name + ".unpacked", 0), back);
        }
        var odd = new float[16 * 10 * 14];
        LatentTokens.Unpack(io["odd.tokens"], odd, 10, 14);
        Assert.Equal(io["odd.unpacked"], odd);
    }
}
