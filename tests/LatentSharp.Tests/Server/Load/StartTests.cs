using System.Diagnostics;

namespace LatentSharp.Tests.Server.Load;

/// <summary>How soon a native service is ready, and what it has in memory before anybody has asked it for something. LATENTSHARP_PROGRAM
/// names it: <c>artifacts/native/linux-x64-v3/latent</c>, made by ./publish-native.</summary>
public sealed class StartTests(ITestOutputHelper output)
{
    // Issue 20: start to ready within 150 ms, at most 60 MB resident before the first request.
    private const double Ready = 150, Resident = 60;

    private const int Starts = 9;

    [Fact]
    public async Task A_native_service_is_ready_at_once_and_small()
    {
        Assert.SkipUnless(CommandLine.Workplace.IsOtherProgram, "LATENTSHARP_PROGRAM names a native program");
        var listening = new List<double>();
        var ready = new List<double>();
        var before = new List<double>();
        var after = new List<double>();
        for (int i = 0; i < Starts; i++)
        {
            var watch = Stopwatch.StartNew();
            await using (ServedProcess server = await ServedProcess.StartAsync())
            {
                listening.Add(watch.Elapsed.TotalMilliseconds);
                (await server.Client.GetAsync("/health/ready")).EnsureSuccessStatusCode();
                ready.Add(watch.Elapsed.TotalMilliseconds);
                after.Add(server.Resident / 1e6);
            }
            // Another one, which is left alone until it has nothing to do any more.
            await using ServedProcess unasked = await ServedProcess.StartAsync();
            await Task.Delay(500, TestContext.Current.CancellationToken);
            before.Add(unasked.Resident / 1e6);
        }
        output.WriteLine($"listens after {Said(listening)} ms, ready after {Said(ready)} ms; {Said(before)} MB before the first request, "
            + $"{Said(after)} MB once it is ready");
        Assert.InRange(Median(before), 0, Resident);
        Assert.InRange(Median(ready), 0, Ready);
    }

    private static double Median(List<double> of) => of.Order().ElementAt(of.Count / 2);

    private static string Said(List<double> of) => $"{of.Min():0} to {of.Max():0} (median {Median(of):0})";
}
