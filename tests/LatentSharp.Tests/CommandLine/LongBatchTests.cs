using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// A batch of tiny pictures, every hundredth unreadable, is killed (-9) and goes on: what is done is skipped, the list of failures is
/// complete, memory stays flat. 200 pictures; 100,000 with LATENTSHARP_LONG=1, which takes the better part of an hour on two cores.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class LongBatchTests : IDisposable
{
    // The most that a run may take, and by how much the last quarter of it may be above the first. Beside much other work a run had 517 MB
    // at some moment, alone 186 MB at most.
    private const long Most = 800_000_000, Flat = 64_000_000;

    private static readonly int Count = Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1" ? 100_000 : 200;

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_batch_that_was_killed_goes_on_and_lists_every_failure()
    {
        var bad = new List<string>();
        for (int i = 0; i < Count; i++)
        {
            string folder = Directory.CreateDirectory(place.File(Path.Combine("many", $"{i / 1000:000}"))).FullName,
                file = Path.Combine(folder, $"{i:000000}.png");
            if (i % 100 == 37)
            {
                File.WriteAllText(file, i % 200 == 37 ? "" : "<html>not a picture</html>");
                bad.Add(Path.GetRelativePath(place.Folder, file));
                continue;
            }
            var picture = new ImageTensor(1, 16, 16);
            for (int k = 0; k < picture.Values.Length; k++) picture.Values[k] = (float)Math.Sin(i + 0.05 * k);
            PictureFile.Save(file, picture);
        }
        string[] command = ["encode", "many", "-o", "out", "--threads", "1", "--json-lines"];
        using (Process first = place.Start(command))
        {
            Task reading = Task.Run(() => first.StandardOutput.ReadToEnd());
            Task errors = Task.Run(() => first.StandardError.ReadToEnd());
            while (Written() < Count / 4 && !first.HasExited) Thread.Sleep(20);
            Assert.False(first.HasExited);
            first.Kill();
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            await Task.WhenAll(reading, errors);
        }
        int before = Written();
        Process second = place.Start(command);
        var taken = new ConcurrentQueue<long>();
        using var watch = new Timer(_ => taken.Enqueue(Memory(second)), null, 0, 100);
        JsonElement[] lines = [.. Workplace.Finish(second, TimeSpan.FromHours(2)).Expect(3).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        JsonElement batch = lines[^1].GetProperty("batch");
        Assert.True(batch.GetProperty("skipped").GetInt32() >= before - 1, $"{batch} after {before}");
        Assert.Equal(Count - bad.Count, batch.GetProperty("skipped").GetInt32() + batch.GetProperty("done").GetInt32());
        Assert.Equal(bad, lines[^1].GetProperty("failed").EnumerateArray().Select(f => f.GetProperty("input").GetString()));
        Assert.Equal(Count - bad.Count, Written());
        long[] memory = [.. taken.Where(m => m > 0)];
        Assert.InRange(memory.Max(), 0, Most);
        int quarter = memory.Length / 4;
        if (quarter >= 20) Assert.InRange(Median(memory[^quarter..]) - Median(memory[..quarter]), long.MinValue, Flat);
    }

    private int Written() => !Directory.Exists(place.File("out")) ? 0
        : Directory.EnumerateFiles(place.File("out"), "*.safetensors", SearchOption.AllDirectories).Count();

    private static long Median(long[] values) => values.Order().ElementAt(values.Length / 2);

    private static long Memory(Process process)
    {
        try
        {
            process.Refresh();
            return process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0;       // it has ended
        }
    }
}
