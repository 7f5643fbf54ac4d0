using System.Diagnostics;
using System.Text.Json.Nodes;
using LatentSharp.Tests.Weights;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// Pipes, devices and what else can be opened and is no file. A test that waits for ever would hang: every wait has an end.
/// </summary>
public sealed class SpecialFileTests
{
    [Fact]
    public void A_pipe_is_refused_by_the_library_before_it_is_opened()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "ae.safetensors", "ae.ckpt", "ae.gguf", "picture.png", "x.latent.safetensors" })
        {
            string pipe = MakePipe(folder, name);
            var error = Assert.Throws<LatentSharpException>(() =>
            {
                if (name.EndsWith(".png", StringComparison.Ordinal)) PictureFile.Load(pipe);
                else if (name.Contains(".latent.", StringComparison.Ordinal)) LatentFile.Load(pipe);
                else Autoencoder.Open(pipe);
            });
            Assert.Equal(ErrorKind.BadInput, error.Kind);
            Assert.Contains("this is a pipe", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public void A_device_is_no_weight_file(string device)
    {
        if (!File.Exists(device)) return;
        var error = Assert.Throws<LatentSharpException>(() => Autoencoder.Open(device));
        Assert.Contains("this is a device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_or_a_device_is_not_replaced_by_a_result()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        string pipe = MakePipe(folder, "out.safetensors");
        var error = Assert.Throws<LatentSharpException>(() => LatentSharp.Weights.AtomicFile.Write(pipe, s => s.WriteByte(1)));
        Assert.Contains("this is a pipe", error.Message, StringComparison.Ordinal);
        Assert.Equal([Path.GetFileName(pipe)], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
        error = Assert.Throws<LatentSharpException>(() => LatentSharp.Weights.AtomicFile.Write("/dev/null", s => s.WriteByte(1)));
        Assert.Contains("this is a device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_that_is_written_to_is_read_once_by_the_command()
    {
        if (OperatingSystem.IsWindows()) return;
        using var place = new Workplace();
        using var folder = new TemporaryFolder();
        byte[] weights = CheckpointSamples.Safetensors();
        string file = folder.Write("plain.safetensors", weights), pipe = MakePipe(folder, "piped.safetensors");
        Task writer = Task.Run(() =>
        {
            using var to = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            to.Write(weights);
        }, TestContext.Current.CancellationToken);
        JsonNode piped = JsonNode.Parse(place.Latent("inspect", pipe, "--digest", "--json").Expect(0).Output)!;
        await writer;
        JsonNode plain = JsonNode.Parse(place.Latent("inspect", file, "--digest", "--json").Expect(0).Output)!;
        Assert.Equal(plain["sha256"]!.GetValue<string>(), piped["sha256"]!.GetValue<string>());
        Assert.Equal(pipe, piped["file"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("ae.safetensors", "", "standard input\n", 0)]
    [InlineData("ae.safetensors", "--json", "\"file\": \"standard input\"", 0)]
    [InlineData("text.safetensors", "", "latent: standard input: ", 3)]
    public void What_is_piped_is_not_spoken_of_by_the_file_that_it_was_kept_in(string file, string option, string expected, int code)
    {
        if (OperatingSystem.IsWindows() || Workplace.IsOtherProgram) return;
        using var place = new Workplace();
        File.WriteAllBytes(place.File("ae.safetensors"), CheckpointSamples.Safetensors());
        File.WriteAllText(place.File("text.safetensors"), "hello");
        string program = Path.Combine(AppContext.BaseDirectory, "latent.dll");
        Workplace.Outcome outcome = place.Run("sh", "-c", $"cat {file} | dotnet '{program}' inspect /dev/stdin {option}").Expect(code);
        Assert.Contains(expected, outcome.Output + outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetTempPath() + "latent-", outcome.Output + outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect", null)]
    [InlineData("encode", null)]
    [InlineData("encode", "--ae")]
    [InlineData("decode", null)]
    [InlineData("check", "--latents")]
    public void A_pipe_that_nobody_writes_to_is_given_up_and_named(string command, string? option)
    {
        if (OperatingSystem.IsWindows()) return;
        using var place = new Workplace();
        using var folder = new TemporaryFolder();
        string pipe = MakePipe(folder, "silent");
        string[] arguments = option is null ? [command, pipe] : command == "encode" ? [command, "x.png", option, pipe] : [command, option, pipe];
        Workplace.Outcome outcome = place.Latent(arguments).Expect(3);
        Assert.Contains("this is a named pipe, and nobody has opened it for writing", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(pipe, outcome.Error, StringComparison.Ordinal);
    }

    private static string MakePipe(TemporaryFolder folder, string name)
    {
        string path = Path.Combine(folder.Path, name);
        using Process made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
        return path;
    }
}
