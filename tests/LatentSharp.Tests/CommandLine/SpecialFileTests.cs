using System.Diagnostics;
using System.Text.Json;
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

    [Theory]
    [InlineData("--ae", "embedded", "--latents", "-")]
    [InlineData("--ae", "embedded", "--latents=-")]
    [InlineData("embedded", "-")]
    public void Standard_input_stands_for_a_file_wherever_one_is_named(params string[] things)
    {
        using var place = new Workplace();
        float[] values = [.. Enumerable.Range(0, 16 * 64).Select(i => MathF.Sin(i))];
        byte[] latent = LatentFile.ToBytes(new Latent(LatentSpace.Flux1, values, 1, 8, 8));
        File.WriteAllBytes(place.File("z.safetensors"), latent);
        JsonElement named = place.Latent("check", "--ae", "embedded", "--latents", "z.safetensors", "--no-probe", "--json").Json;
        JsonElement piped = place.LatentReading(latent, ["check", .. things, "--no-probe", "--json"]).Json;
        Assert.Equal("standard input", piped.GetProperty("latents").GetString());
        Assert.Equal(named.GetProperty("findings").GetRawText(), piped.GetProperty("findings").GetRawText());
        Assert.Equal("z.safetensors", Assert.Single(place.Files));
    }

    [Fact]
    public void Standard_input_is_not_taken_where_nothing_can_be_written_or_no_file_is_named()
    {
        using var place = new Workplace();
        byte[] latent = LatentFile.ToBytes(new Latent(LatentSpace.Flux1, new float[16 * 64], 1, 8, 8));
        string refused = place.LatentReading(latent, "convert", "-", "-").Expect(2).Error;
        Assert.Contains("writing to standard output is not supported", refused, StringComparison.Ordinal);
        // The latent is called by what was typed in the command that helps, too.
        Assert.Contains("`latent decode -`", place.LatentReading(latent, "diagnose", "-").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("--help")]
    [InlineData("inspect nothing.safetensors")]
    public void A_terminal_is_left_as_it_was(string arguments)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/script")) Assert.Skip("needs util-linux' script, which is a terminal");
        using var place = new Workplace();
        place.Environment["TERM"] = "xterm";
        string program = Workplace.IsOtherProgram ? Environment.GetEnvironmentVariable("LATENTSHARP_PROGRAM")!
            : $"dotnet '{Path.Combine(AppContext.BaseDirectory, "latent.dll")}'";
        // script may wait for its own input after the program has ended; what was shown is in its file by then.
        place.Run("timeout", "60", "script", "-q", "-f", "-c", $"{program} {arguments}; echo ended", place.File("shown.txt"));
        string shown = File.ReadAllText(place.File("shown.txt"));
        Assert.Contains("ended", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', shown);
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
