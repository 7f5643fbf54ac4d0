using System.Diagnostics;
using LatentSharp.Bench.Weights;
using LatentSharp.Vulkan.Planning;
using LatentSharp.Vulkan.Running;

namespace LatentSharp.Tests.Vulkan;

/// <summary>FLUX.1's autoencoder at full size, with weights by formula, on a latent of 8 x 8: what docs/gpu.md says of it.</summary>
public sealed class VulkanFullSizeTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Precision.Float32, 1e-4)]
    [InlineData(Precision.Float32Fast, 1e-4)]
    [InlineData(Precision.Float16, 2e-3)]
    public void It_decodes_a_small_latent_in_the_memory_that_was_planned(Precision precision, double tolerance)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1", "LATENTSHARP_LONG=1 computes it, which takes minutes");
        using Autoencoder autoencoder = Autoencoder.Open(BenchFiles.Ensure(BenchModel.Flux1));
        var options = new ComputeOptions { Device = VulkanNetwork.Shared, Precision = precision };
        var latent = new float[16 * 8 * 8];
        VulkanNetwork.Values(latent.Length, 3).CopyTo(latent, 0);
        float[] expected = new float[3 * 64 * 64], found = new float[expected.Length];
        autoencoder.PlanDecode(64, 64).Run(latent, expected);
        var plan = (VulkanPlan)autoencoder.PlanDecode(64, 64, options);
        using var session = (VulkanSession)plan.Start();
        long start = Stopwatch.GetTimestamp();
        session.Run(latent, found);
        output.WriteLine($"{plan.Kernels}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s, planned {plan.PeakBytes:N0} bytes, "
            + $"counted {session.AllocatedBytes:N0}, longest list {session.LongestSubmission.TotalMilliseconds:0} ms");
        Assert.InRange((double)session.AllocatedBytes / plan.PeakBytes, 0.98, 1.02);
        double error = precision != Precision.Float16
            ? expected.Zip(found, (a, b) => Math.Abs(a - b)).Max() / (expected.Max() - expected.Min())
            : Math.Sqrt(expected.Zip(found, (a, b) => Math.Pow(a - b, 2)).Sum() / expected.Sum(a => (double)a * a));
        output.WriteLine($"error {error:g2}");
        Assert.InRange(error, 0, tolerance);
    }
}
