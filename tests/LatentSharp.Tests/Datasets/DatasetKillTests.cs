using System.Diagnostics;
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

    private static string[] Encode(string output) => ["dataset", "encode", "set", "-o", output, "--format", "kohya", "--resolution", "96",
        "--min-bucket", "32", "--max-bucket", "128", "--bucket-step", "32"];
}
