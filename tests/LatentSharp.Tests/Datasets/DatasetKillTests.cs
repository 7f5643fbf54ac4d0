using System.Diagnostics;
using System.Text.RegularExpressions;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.Datasets;

/// <summary>
/// A data set that is made while its makers are killed, side by side, or on a full disk is the same to the byte as one that was made in
/// peace. With LATENTSHARP_LONG=1 200 kills instead of 4.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class DatasetKillTests : IDisposable
{
    private const int Many = 24;

    private static readonly bool Long = Environment.GetEnvironmentVariable("LATENTSHARP_LONG") is "1";

    private readonly Workplace place = new();

    public DatasetKillTests()
    {
        foreach (string folder in (string[])["set/a", "set/b"]) Directory.CreateDirectory(place.File(folder));
        for (int i = 0; i < Many; i++) PictureFile.Save(place.File($"set/{"ab"[i % 2]}/{i}.png"), Pictures.Scene(96, 128, i));
        File.WriteAllText(place.File("set/a/broken.png"), "no picture");
        place.Latent(Encode("peace")).Expect(3);
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void Kills_at_random_moments_cost_nothing_but_time()
    {
        var random = new Random(21);
        int kills = 0, runs = 0;
        for (int wanted = Long ? 200 : 4; kills < wanted; runs++)
        {
            Process process = place.Start(Encode("out"));
            // From the start of the runtime to the end of the work.
            bool ended = process.WaitForExit(random.Next(100, 1500));
            if (!ended)
            {
                process.Kill();
                kills++;
            }
            Workplace.Finish(process);
            // No reader ever sees half a file.
            if (Directory.Exists(place.File("out")))
                foreach (string file in Directory.EnumerateFiles(place.File("out"), "*.npz", SearchOption.AllDirectories))
                    Assert.NotEmpty(LatentSharp.Datasets.Formats.NumpyArchive.Read(file));
            // Done before the kill: once more from the beginning.
            if (ended) Directory.Delete(place.File("out"), recursive: true);
        }
        place.Latent(Encode("out")).Expect(3);
        Assert.Equal(DatasetContents.Of(place.File("peace")), DatasetContents.Of(place.File("out")));
    }

    [Fact]
    public void Two_writers_at_once_disturb_each_other_in_nothing()
    {
        Process one = place.Start(Encode("out")), other = place.Start(Encode("out"));
        Workplace.Finish(one).Expect(3);
        Workplace.Finish(other).Expect(3);
        // Which of the two was last to take the manifest together does not show after one more run.
        place.Latent(Encode("out")).Expect(3);
        Assert.Equal(DatasetContents.Of(place.File("peace")), DatasetContents.Of(place.File("out")));
    }

    [Fact]
    public void Times_of_files_that_are_years_off_change_nothing()
    {
        Dictionary<string, DateTime> before = Times("set");
        Directory.Move(place.File("set/b"), place.File("later"));
        foreach (string file in before.Keys.Where(File.Exists)) File.SetLastWriteTimeUtc(file, before[file].AddYears(15));
        place.Latent(Encode("out")).Expect(3);
        Directory.Move(place.File("later"), place.File("set/b"));
        // What was made seems to be older than what it was made of, and what comes now older than both.
        foreach (string file in Times("out").Keys) File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddYears(20));
        foreach (string file in Times("set/b").Keys) File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddYears(10));
        place.Latent(Encode("out")).Expect(3);
        foreach ((string file, DateTime time) in before) File.SetLastWriteTimeUtc(file, time);
        place.Latent(Encode("out")).Expect(3);
        Assert.Equal(Latents("peace"), Latents("out"));
        Assert.Equal(Entries("peace"), Entries("out"));

        // An entry says how often it was written; its file is called by its content.
        string[] Entries(string folder) => [.. Directory.EnumerateFiles(place.File(folder + "/.latent-dataset/manifest")).SelectMany(File.ReadLines)
            .Select(line => Regex.Replace(line, "\"edition\":[0-9]+", "")).Order(StringComparer.Ordinal)];

        Dictionary<string, string> Latents(string folder) => DatasetContents.Of(place.File(folder))
            .Where(f => !f.Key.StartsWith(".latent-dataset/manifest/", StringComparison.Ordinal)).ToDictionary();

        Dictionary<string, DateTime> Times(string folder) => Directory.EnumerateFiles(place.File(folder), "*", SearchOption.AllDirectories)
            .ToDictionary(f => f, File.GetLastWriteTimeUtc);
    }

    // A year ahead and twenty times too fast; then a year behind.
    [Fact]
    public void A_clock_that_is_wrong_changes_nothing()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/faketime"), "faketime, which gives a program a wrong clock, is not installed");
        // The times of files stay what they are.
        place.Environment["NO_FAKE_STAT"] = "1";
        place.Run("faketime", ["-f", "+365d x20", .. Program(Encode("out"))]).Expect(3);
        place.Run("faketime", ["-f", "-365d", .. Program(Encode("out"))]).Expect(3);
        place.Environment.Clear();
        place.Latent(Encode("out")).Expect(3);
        Assert.Equal(DatasetContents.Of(place.File("peace")), DatasetContents.Of(place.File("out")));
    }

    [Fact]
    public void A_full_disk_stops_cleanly_and_the_same_command_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a small disk is mounted as Linux does it");
        Directory.CreateDirectory(place.File("small"));
        Workplace.Outcome mounted = place.Run("mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", "small");
        Assert.SkipUnless(mounted.ExitCode == 0, $"no disk can be mounted here: {mounted.Error.Trim()}");
        try
        {
            Workplace.Outcome full = place.Latent(Encode("small/out")).Expect(6);
            Assert.Contains("is full", full.Error, StringComparison.Ordinal);
            string[] written = Directory.GetFiles(place.File("small/out"), "*.npz", SearchOption.AllDirectories);
            Assert.InRange(written.Length, 1, Many - 1);
            Assert.All(written, f => Assert.NotEmpty(LatentSharp.Datasets.Formats.NumpyArchive.Read(f)));
            place.Run("mount", "-o", "remount,size=64m", "small").Expect(0);
            place.Latent(Encode("small/out")).Expect(3);
            Assert.Equal(DatasetContents.Of(place.File("peace")), DatasetContents.Of(place.File("small/out")));
        }
        finally
        {
            place.Run("umount", "small");
        }
    }

    private static string[] Program(string[] arguments) => ["dotnet", Path.Combine(AppContext.BaseDirectory, "latent.dll"), .. arguments];

    private static string[] Encode(string output) => ["dataset", "encode", "set", "-o", output, "--format", "kohya", "--resolution", "96",
        "--min-bucket", "32", "--max-bucket", "128", "--bucket-step", "32"];
}
