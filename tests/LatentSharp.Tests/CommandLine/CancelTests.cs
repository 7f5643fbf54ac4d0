using System.Diagnostics;
using System.Globalization;

namespace LatentSharp.Tests.CommandLine;

/// <summary>Ctrl-C.</summary>
public sealed class CancelTests : IDisposable
{
    private readonly Workplace place = new();

    public CancelTests() => File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File("kitten.png"));

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task An_interrupt_ends_with_130_and_leaves_nothing()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("sending Ctrl-C to one process needs a Unix signal");
        using var bench = place.Start("bench", "--size", "512x512", "--repeat", "100", "--json");
        await Interrupt(bench);
        Workplace.Outcome outcome = Workplace.Finish(bench).Expect(130);
        Assert.Contains("cancelled", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("cancelled", outcome.Json.GetProperty("error").GetProperty("kind").GetString());

        for (int i = 0; i < 20; i++) File.Copy(place.File("kitten.png"), place.File($"kitten{i}.png"));
        using var encode = place.Start(["encode", .. Enumerable.Range(0, 20).Select(i => $"kitten{i}.png"), "-o", "latents"]);
        await Interrupt(encode);
        Workplace.Finish(encode).Expect(130);
        // What is there is complete: no temporary file, and every latent file opens.
        foreach (string file in place.Files.Where(f => f.StartsWith("latents", StringComparison.Ordinal)))
        {
            Assert.EndsWith(".latent.safetensors", file, StringComparison.Ordinal);
            LatentFile.Load(place.File(file));
        }
    }

    /// <summary>
    /// Sends SIGINT once the process is at work: it is busy for longer than the runtime takes to start. A shell without job control has
    /// what it runs in the background ignore SIGINT; tests that run there, and all that they start, never see it, but SIGTERM goes the same
    /// way.
    /// </summary>
    private async Task Interrupt(Process process)
    {
        while (process.TotalProcessorTime < TimeSpan.FromSeconds(1) && !process.HasExited)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        place.Run("kill", IgnoresInterrupts ? "-TERM" : "-INT", process.Id.ToString(CultureInfo.InvariantCulture)).Expect(0);
    }

    // SigIgn is a mask in hexadecimal; signal n is bit n - 1 and SIGINT is 2.
    private static bool IgnoresInterrupts => OperatingSystem.IsLinux()
        && (long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)).AsSpan(7).Trim(),
            NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 2) != 0;
}
