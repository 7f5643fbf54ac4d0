using System.Text.Json;
using LatentSharp.Diffusion.Discrete;
using LatentSharp.Graph;
using LatentSharp.Models.Pixel;
using LatentSharp.Tensors;
using LatentSharp.Tests.Graph;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Diffusion.Pipelines;

/// <summary>
/// Whole runs of UNets on pixels against diffusers 58eb52c in float64 (shared/golden/unet2d/trajectories): the stored noise, nothing fed
/// again on the way.
/// </summary>
public sealed class PixelTrajectoryTests
{
    // The project's bar after a trajectory.
    private const double Tolerance = 1e-3;

    private const string Reference = "diffusers 58eb52c, float64";

    [Theory]
    [InlineData("cifar-ddpm-fixed_large", "cifar-w32.safetensors")]
    [InlineData("cifar-ddim", "cifar-w32.safetensors")]
    [InlineData("cat-ddpm-fixed_small", "cat-w32-legacy.bin")]
    public void Run(string name, string file)
    {
        using JsonDocument page = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/unet2d/schedulers.json")));
        JsonElement run = page.RootElement.GetProperty("trajectories").GetProperty(name);
        var golden = new Golden("unet2d/trajectories.safetensors");
        using WeightFile weights = WeightFiles.Open(Shared.Path("golden/unet2d/" + file));
        Shape shape = golden.ShapeOf(name + ".start");
        NetworkGraph graph = UNet2D.Of(UNet2DWeights.From(weights), UNet2DSettings.Published, (int)shape[2], (int)shape[3]);
        DiscreteSampler sampler = DiscreteSamplerTests.Sampler(run, DiscreteSchedule.Of("golden", run.GetProperty("config")));
        Assert.Equal(run.GetProperty("timesteps").EnumerateArray().Select(t => t.GetInt32()), sampler.Times);
        var last = new List<float>();
        for (int picture = 0; picture < shape[0]; picture++)
        {
            float[] x = golden.Picture(name + ".start", picture);
            for (int i = 0; i < sampler.Times.Length; i++)
            {
                float[] output = NetworkGraphTests.RunCpu(graph, new() { ["sample"] = x, ["timestep"] = [sampler.Times[i]] })["out"];
                x = sampler.Step(i, x, output, golden.Picture($"{name}.step{i}.noise", picture)).Next;
            }
            last.AddRange(x);
        }
        Correctness.Check($"{name} run", Reference, golden[$"{name}.step{sampler.Times.Length - 1}.prev_sample"], [.. last], Tolerance);
        Correctness.Check($"{name} picture", Reference, golden[name + ".image"], [.. last.Select(v => Math.Clamp(v / 2 + 0.5f, 0, 1))], Tolerance);
    }
}
