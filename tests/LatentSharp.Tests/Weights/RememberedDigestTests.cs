using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Weights;

/// <summary>Digests that are remembered: when they are, and above all when they are not.</summary>
public sealed class RememberedDigestTests : IDisposable
{
    // FIPS 180-4's example "abc", as NIST publishes it.
    private const string OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private readonly TemporaryFolder folder = new();
    private readonly RememberedDigests digests;
    private readonly string file;
    private int computed;

    public RememberedDigestTests()
    {
        // An hour later nothing in the folder is new any more.
        digests = new RememberedDigests(folder.File("home"), from: 3, new Later());
        file = folder.Write("weights.bin", "abc"u8.ToArray());
    }

    private string Memory => Path.Combine(folder.File("home"), RememberedDigests.FileName);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_read_once()
    {
        Assert.Equal(OfAbc, digests.Sha256(file));
        Assert.Equal(OfAbc, digests.Of(file, [file], Computed));
        // Another program, another way to write the path.
        Assert.Equal(OfAbc, new RememberedDigests(folder.File("home"), 3).Of(Path.Combine(folder.Path, ".", "weights.bin"), [file], Computed));
        Assert.Equal(0, computed);
    }

    /// <summary>Other bytes of the same length and with the old time set again: the time of the change gives it away, on Linux.</summary>
    [Fact]
    public void Other_content_is_read_whatever_its_time_says()
    {
        DateTime written = File.GetLastWriteTimeUtc(file);
        digests.Sha256(file);
        Thread.Sleep(20);   // the system's times have ticks of up to 10 ms
        File.WriteAllBytes(file, "abd"u8.ToArray());
        if (OperatingSystem.IsLinux()) File.SetLastWriteTimeUtc(file, written);
        Assert.Equal("anew", digests.Of(file, [file], Computed));
    }

    /// <summary>A file put in the other's place has a number of its own, even where all else agrees.</summary>
    [Fact]
    public void A_file_that_took_its_place_is_read()
    {
        string other = folder.Write("other.bin", "abd"u8.ToArray());
        File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(file));
        digests.Sha256(file);
        File.Move(other, file, overwrite: true);
        if (!OperatingSystem.IsLinux()) File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        Assert.Equal("anew", digests.Of(file, [file], Computed));
    }

    [Fact]
    public void What_was_written_a_moment_ago_is_not_remembered()
    {
        new RememberedDigests(folder.File("home"), 3).Sha256(file);
        Assert.False(File.Exists(Memory));
    }

    [Fact]
    public void Small_files_and_a_memory_that_cannot_be_used_cost_a_reading()
    {
        Assert.Equal("anew", new RememberedDigests(folder.File("home"), 4).Of(file, [file], Computed));
        Assert.False(File.Exists(Memory));
        Directory.CreateDirectory(folder.File("home"));
        foreach (string damaged in new[] { "{", "[]", """{"x": 1}""", """{"x": {"stamp": 1, "sha256": null}}""" })
        {
            File.WriteAllText(Memory, damaged);
            Assert.Equal(OfAbc, digests.Sha256(file));
        }
        string taken = folder.Write("taken", "a file where the folder should be"u8.ToArray());
        Assert.Equal(OfAbc, new RememberedDigests(taken, 3, new Later()).Sha256(file));
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => digests.Sha256(folder.File("gone"))).Kind);
    }

    /// <summary>Of a folder every file counts.</summary>
    [Fact]
    public void Several_files_are_one_when_none_has_changed()
    {
        string second = folder.Write("second.bin", "def"u8.ToArray());
        for (int i = 0; i < 3; i++) Assert.Equal("anew", digests.Of(folder.Path, [file, second], Computed));
        Assert.Equal(1, computed);
        File.WriteAllBytes(second, "defg"u8.ToArray());
        digests.Of(folder.Path, [file, second], Computed);
        Assert.Equal(2, computed);
    }

    private string Computed()
    {
        computed++;
        return "anew";
    }

    private sealed class Later : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow.AddHours(1);
    }
}
