using System.Diagnostics;
using System.Text.Json;

namespace LatentSharp.Tests.Benchmarks;

/// <summary>
/// The benchmark as a user runs it, with its measuring processes. The figures themselves are not judged, only that they are there and that
/// both sides agree.
/// </summary>
public sealed class BenchProgramTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task BothSidesOfACaseAreMeasuredAndAgree()
    {
        if (LatentSharp.OnnxRuntime.OnnxDevice.RuntimeVersion is null) Assert.Skip("ONNX Runtime has no native library for this system");
        string json = Path.Combine(folder, "figures.json");
        (int code, string text) = await Bench("--cases", "mini-decode-512", "--repetitions", "1", "--json", json);
        Assert.True(code == 0, text);
        using JsonDocument figures = JsonDocument.Parse(await File.ReadAllBytesAsync(json, TestContext.Current.CancellationToken));
        JsonElement figure = Assert.Single(figures.RootElement.EnumerateArray());
        foreach (string number in (string[])["ours_s", "peer_s", "ratio", "ours_peak_bytes", "peer_peak_bytes"])
            Assert.True(figure.GetProperty(number).GetDouble() > 0, number);
        // Values span 4.6; each side's float32 error is some 1e-5 of that.
        Assert.InRange(figure.GetProperty("max_error").GetDouble(), 0, 1e-3);
    }

    // The losses of three steps beside PyTorch's: a difference in the gradients or in the step of the weights would show in the later ones.
    [Fact]
    public async Task StepsOfATrainingAreThoseOfPyTorch()
    {
        if (LatentSharp.Bench.Compare.TorchPeer.Name is null) Assert.Skip("no Python with torch (Debian: apt-get install python3-torch)");
        string json = Path.Combine(folder, "steps.json");
        (int code, string text) = await Bench("--cases", "finetune-taef1-256", "--repetitions", "2", "--json", json);
        Assert.True(code == 0, text);
        using JsonDocument figures = JsonDocument.Parse(await File.ReadAllBytesAsync(json, TestContext.Current.CancellationToken));
        JsonElement figure = Assert.Single(figures.RootElement.EnumerateArray());
        Assert.True(figure.GetProperty("peer_s").GetDouble() > 0, text);
        // They span 0.4; float32 leaves 3e-7.
        Assert.InRange(figure.GetProperty("max_error").GetDouble(), 0, 1e-5);
    }

    [Fact]
    public async Task ABudgetThatIsTooSmallIsRefusedWithTheOneThatWouldDo()
    {
        (int code, string text) = await Bench("--cases", "mini-decode-512", "--ours", "--memory", "1MB");
        Assert.Equal(3, code);
        Assert.Contains("would do", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownCaseIsAUsageError()
    {
        (int code, string text) = await Bench("--cases", "decode-7");
        Assert.Equal(2, code);
        Assert.Contains("there is no case decode-7", text, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Text)> Bench(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder, RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        start.Environment["LATENTSHARP_BENCH_CACHE"] = folder;
        start.ArgumentList.Add(typeof(LatentSharp.Bench.Compare.BenchOptions).Assembly.Location);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
