using System.Diagnostics;
using System.Text.Json;
using LatentSharp.Diffusion.Pipelines;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// <c>latent generate</c> as a program that is killed (-9) while it works, and goes on with <c>--resume</c> to the same bits: after its
/// first step; with LATENTSHARP_LONG=1 after every one.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class GenerateKilledTests : IDisposable
{
    // Enough that the program is never done before it is killed.
    private const int Steps = 24;

    private static readonly bool Long = Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1";

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_run_that_was_killed_goes_on_with_the_same_bits()
    {
        string[] command = ["generate", "a cat", .. SmallModels.Parts(place, "flux-tiny-e2e-dev"), "--size", "256x256", "--steps", $"{Steps}",
            "--t5-length", "16", "--sampler", "dpmpp_2m", "--seed", "3", "--threads", "1"];
        place.Latent([.. command, "-o", "whole.safetensors"]).Expect(0);
        byte[] whole = await File.ReadAllBytesAsync(place.File("whole.safetensors"), TestContext.Current.CancellationToken);
        string run = place.File("part.run.safetensors");
        for (int wanted = 1; wanted < (Long ? Steps : 2); wanted++)
        {
            using (Process program = place.Start([.. command, "-o", "part.safetensors"]))
            {
                Task output = Task.WhenAll(program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
                    program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
                while (!program.HasExited && !(File.Exists(run) && FluxStateFile.Load(run).Step >= wanted)) Thread.Sleep(1);
                Assert.False(program.HasExited);
                program.Kill();
                await program.WaitForExitAsync(TestContext.Current.CancellationToken);
                await output;
            }
            Assert.False(File.Exists(place.File("part.safetensors")));
            int kept = FluxStateFile.Load(run).Step;
            Assert.InRange(kept, wanted, Steps - 1);
            JsonElement done = place.Latent([.. command, "-o", "part.safetensors", "--resume", "--json"]).Expect(0).Json;
            Assert.Equal(kept, done.GetProperty("pictures")[0].GetProperty("resumed_at").GetInt32());
            Assert.Equal(whole, await File.ReadAllBytesAsync(place.File("part.safetensors"), TestContext.Current.CancellationToken));
            Assert.False(File.Exists(run));
            File.Delete(place.File("part.safetensors"));
        }
    }
}
