using System.Diagnostics;
using LatentSharp.Datasets.Engines;
using LatentSharp.Datasets.Sources;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.Datasets;

/// <summary>Scripts for clusters, run by a shell in the place of the engine.</summary>
[Collection(CommandsCollection.Name)]
public sealed class ClusterTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    /// <summary>Slurm's variables for a task, and the part that it does: SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP, _COUNT.</summary>
    [Theory]
    [InlineData("0 0 31 1 32", 0, 32)]      // --array=0-31
    [InlineData("5 1 7 2 4", 2, 4)]         // --array=1-7:2
    [InlineData("5 5 5 1 1", 0, 1)]         // --array=5: the whole, never a silent part of it
    [InlineData("3 1 9 1 3", -1, 0)]        // --array=1,3,9: the count misleads
    [InlineData("3 2 5 1 2", -1, 0)]        // --array=2,5, resubmitted
    public void A_task_of_an_array_knows_its_part_where_the_indices_tell_it(string values, int index, int count)
    {
        string[] all = values.Split(' '), names = ["ID", "MIN", "MAX", "STEP", "COUNT"];
        string? Variable(string name) => Array.IndexOf(names, name["SLURM_ARRAY_TASK_".Length..]) is >= 0 and int i ? all[i] : null;
        if (count > 0) Assert.Equal(new Shard(index, count), SlurmArray.Find(Variable));
        else Assert.Equal(ErrorKind.Usage, Assert.Throws<LatentSharpException>(() => SlurmArray.Find(Variable)).Kind);
        Assert.Null(SlurmArray.Find(_ => null));
    }

    [Fact]
    public void Every_picture_belongs_to_exactly_one_part()
    {
        string[] names = [.. Enumerable.Range(0, 2000).Select(i => $"folder {i % 7}/été {i}.png")];
        int[] counts = new int[16];
        foreach (string name in names) counts[Enumerable.Range(0, 16).Single(i => new Shard(i, 16).Owns(name))]++;
        // Of 2,000 in 16 parts 125 each, with a deviation of 11.
        Assert.All(counts, c => Assert.InRange(c, 70, 180));
    }

    // What the engine is told: 3 is done but for some pictures, 6 (a full disk) is not.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(6, 6)]
    [InlineData(5, 5)]
    [InlineData(130, 75)]
    public void Scripts_take_for_done_only_what_ran_to_its_end(int code, int told)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "engines run POSIX shells");
        Program("ends", $"exit {code}");
        File.WriteAllText(place.File("part.sh"), LatentSharp.Datasets.Engines.ShellCommand.Run("./ends", "exit 75"));
        place.Run("sh", "part.sh").Expect(told);
    }

    [Fact]
    public void Slurms_script_encodes_all_parts_and_is_run_again_when_it_is_stopped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Slurm runs on Unix");
        Directory.CreateDirectory(place.File("my set"));
        for (int i = 0; i < 6; i++) PictureFile.Save(place.File($"my set/{i}.png"), Pictures.Scene(32, 32, i));
        File.WriteAllText(place.File("my set/broken.png"), "no picture");
        Program("run-latent", $"exec dotnet '{Path.Combine(AppContext.BaseDirectory, "latent.dll")}' \"$@\"");
        Program("scontrol", "echo \"$@\" >> requeued");
        place.Environment["PATH"] = $"{place.Folder}:{Environment.GetEnvironmentVariable("PATH")}";
        string[] what = ["my set", "-o", "out", "--buckets", "fixed", "--resolution", "32"];
        place.Latent(["dataset", "slurm", .. what, "--parts", "2", "--cores", "1", "--time", "0:10:00", "--program", place.File("run-latent"),
            "--script", "job.sh"]).Expect(0);
        string script = File.ReadAllText(place.File("job.sh"));
        foreach (string line in (string[])["#!/bin/bash\n#SBATCH --job-name", "#SBATCH --array=0-1\n", "#SBATCH --time=0:10:00\n", "#SBATCH --requeue\n",
            "#SBATCH --signal=B:TERM@60\n"]) Assert.Contains(line, script, StringComparison.Ordinal);
        place.Environment["SLURM_ARRAY_JOB_ID"] = "77";
        for (int part = 0; part < 2; part++)
        {
            place.Environment["SLURM_ARRAY_TASK_ID"] = $"{part}";
            place.Run("bash", "job.sh").Expect(0);      // although a picture fails: merging says so
        }
        place.Environment.Clear();
        Assert.Contains("broken.png", place.Latent("dataset", "merge", "my set", "-o", "out").Expect(3).Error, StringComparison.Ordinal);
        place.Latent("dataset", "encode", "my set", "-o", "whole", "--buckets", "fixed", "--resolution", "32").Expect(3);
        Assert.Equal(DatasetContents.Of(place.File("whole")), DatasetContents.Of(place.File("out")));

        // A signal, as before the end of its time or when a job is preempted: the command ends as latent does, the task is put back.
        Program("run-latent", "trap 'exit 130' TERM\ntouch started\nwhile :; do sleep 0.05; done");
        place.Environment["PATH"] = $"{place.Folder}:{Environment.GetEnvironmentVariable("PATH")}";
        (place.Environment["SLURM_ARRAY_JOB_ID"], place.Environment["SLURM_ARRAY_TASK_ID"]) = ("77", "1");
        Process stopped = Process.Start(new ProcessStartInfo("bash", "job.sh")
        {
            WorkingDirectory = place.Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["PATH"] = place.Environment["PATH"], ["SLURM_ARRAY_JOB_ID"] = "77", ["SLURM_ARRAY_TASK_ID"] = "1" },
        })!;
        SpinWait.SpinUntil(() => File.Exists(place.File("started")), TimeSpan.FromSeconds(30));
        place.Run("kill", "-TERM", $"{stopped.Id}").Expect(0);
        Workplace.Finish(stopped).Expect(0);
        Assert.Equal("requeue 77_1\n", File.ReadAllText(place.File("requeued")));
    }

    [Fact]
    public void Kubernetes_manifest_gives_each_index_its_part()
    {
        string yaml = place.Latent("dataset", "kubernetes", "/data/photos", "-o", "/data/out", "--format", "kohya", "--image", "example/latent:1", "--claim",
            "pictures", "--parts", "8", "--mem", "4Gi").Expect(0).Output;
        foreach (string line in (string[])["  completionMode: Indexed\n", "  completions: 8\n", "  backoffLimitPerIndex: 6\n", "        values: [2, 4, 5]\n",
            "      restartPolicy: Never\n", "        image: \"example/latent:1\"\n", "requests: {cpu: \"4\", memory: \"4Gi\"}\n",
            "latent dataset encode /data/photos -o /data/out --format kohya --quiet --threads 4 --shard \"$JOB_COMPLETION_INDEX/8\" &\n"])
            Assert.Contains(line, yaml, StringComparison.Ordinal);
        Assert.Contains("control character", place.Latent("dataset", "kubernetes", "a", "-o", "b", "--image", "x\ny", "--claim", "c").Expect(2).Error,
            StringComparison.Ordinal);
    }

    private void Program(string name, string text)
    {
        File.WriteAllText(place.File(name), "#!/bin/sh\n" + text + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(place.File(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
