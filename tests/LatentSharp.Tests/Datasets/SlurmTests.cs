using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.Datasets;

/// <summary>
/// A data set made by a real Slurm is the one that a single run makes, to the byte. In short an array of 4; with LATENTSHARP_LONG=1 an
/// array of 16 on two nodes, of which one dies while it works.
/// </summary>
public sealed class SlurmTests : IDisposable
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LATENTSHARP_LONG") is "1";

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void An_array_of_tasks_makes_what_one_run_makes_and_outlives_a_node()
    {
        using OwnSlurm slurm = OwnSlurm.Start(place);
        Directory.CreateDirectory(place.File("set"));
        for (int i = 0; i < 40; i++) PictureFile.Save(place.File($"set/{i}.png"), Pictures.Scene(48, 64, i));
        string[] how = ["set", "-o", "out", "--format", "kohya", "--resolution", "64", "--min-bucket", "32", "--max-bucket", "128", "--bucket-step", "16"];
        // Slow to start, so that a node can die while it has work.
        File.WriteAllText(place.File("run-latent"),
            $"#!/bin/sh\n{(Long ? "sleep 2\n" : "")}exec dotnet '{Path.Combine(AppContext.BaseDirectory, "latent.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(place.File("run-latent"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        int parts = Long ? 16 : 4;
        string conf = place.Environment["SLURM_CONF"];
        place.Environment.Clear();      // so that latent runs in this process
        place.Latent(["dataset", "slurm", .. how, "--parts", $"{parts}", "--cores", "1", "--program", place.File("run-latent"),
            "--script", "job.sh"]).Expect(0);
        place.Environment["SLURM_CONF"] = conf;

        int job = slurm.Submit("job.sh");
        if (Long)
        {
            string victim = OwnSlurm.Nodes[1];
            Assert.True(SpinWait.SpinUntil(() => Array.Exists(slurm.Queue(job), t => t.EndsWith("RUNNING " + victim, StringComparison.Ordinal)),
                TimeSpan.FromSeconds(60)), "the second node got no task");
            slurm.Kill(victim);
        }
        slurm.Wait(job, TimeSpan.FromMinutes(Long ? 5 : 1));
        place.Environment.Clear();
        place.Latent("dataset", "merge", "set", "-o", "out", "--shards", $"{parts}").Expect(0);
        place.Latent(["dataset", "encode", "set", "-o", "whole", .. how[3..]]).Expect(0);
        // What a dead node was writing when it died is nobody's: its next run would remove it.
        Dictionary<string, string> made = DatasetContents.Of(place.File("out"));
        string[] left = [.. made.Keys.Where(k => k.EndsWith(".tmp", StringComparison.Ordinal))];
        foreach (string file in left) made.Remove(file);
        Assert.Equal(DatasetContents.Of(place.File("whole")), made);
    }
}
