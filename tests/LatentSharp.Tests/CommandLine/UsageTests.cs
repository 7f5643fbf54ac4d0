namespace LatentSharp.Tests.CommandLine;

/// <summary>What the command line says about itself, and to someone who mistypes.</summary>
[Collection(CommandsCollection.Name)]
public sealed class UsageTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Version_is_one_line()
    {
        Workplace.Outcome outcome = place.LatentProcess("--version").Expect(0);
        Assert.Matches(@"^\d+\.\d+\.\d+[-+.0-9a-z]*\r?\n$", outcome.Output);
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_names_the_commands_with_examples(params string[] arguments)
    {
        Workplace.Outcome outcome = place.Latent(arguments).Expect(0);
        Assert.Contains("Commands:", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("latent roundtrip photo.png", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("130 cancelled", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("ae", "--json")]
    [InlineData("ae", "add")]
    [InlineData("ae", "list", "--threads", "0")]
    [InlineData("ae", "list", "--threads", "many")]
    [InlineData("ae", "list", "--frobnicate")]
    public void Mistakes_in_the_command_line_are_2_and_point_to_help(params string[] arguments)
    {
        Workplace.Outcome outcome = place.Latent(arguments).Expect(2);
        Assert.Contains("--help`", outcome.Error + outcome.Output, StringComparison.Ordinal);
        Assert.Equal(arguments.Contains("--json"), outcome.Output.Length > 0);
    }

    [Theory]
    [InlineData("ae", "add-folder")]
    [InlineData("dataset", "encode")]
    [InlineData("serve-key", "add")]
    public void A_command_that_has_others_below_it_shows_them(string command, string below)
        => Assert.Contains($"  {below}", place.Latent(command).Expect(0).Output, StringComparison.Ordinal);

    [Fact]
    public void A_picture_beyond_any_machine_is_refused_before_it_is_made()
    {
        // 3 x 65,536 x 65,536 values are six times what one array holds.
        Workplace.Outcome outcome = place.Latent("bench", "--size", "65536x65536").Expect(3);
        Assert.Contains("GB of working memory", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Theory]
    [InlineData("Did you mean --ae?", "encode", "x.png", "--aee", "embedded")]
    [InlineData("there is no option --version", "encode", "x.png", "--version")]
    [InlineData("Did you mean encode?", "encdoe", "x.png")]
    [InlineData("Did you mean list?", "ae", "lst")]
    [InlineData("--layout comfy: expected is one of bfl, diffusers, ldm.", "convert", "a", "b", "--layout", "comfy")]
    [InlineData("tcsh: expected is one of bash, zsh, fish, powershell.", "completions", "tcsh")]
    [InlineData("one argument too many", "plan", "x.png")]
    [InlineData("a seed is a whole number", "encode", "x.png", "--sample", "many")]
    public void Mistyped_words_are_named_and_what_may_have_been_meant(string says, params string[] arguments)
    {
        Workplace.Outcome outcome = place.Latent(arguments).Expect(2);
        Assert.Contains(says, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", outcome.Error, StringComparison.Ordinal);
        // One mistake, one sentence: what stands behind a command that is none is not held against anything.
        Assert.Equal(1, outcome.Error.Split("there is no ").Length - 1 + outcome.Error.Split("too many").Length - 1
            + outcome.Error.Split("a seed is").Length - 1 + outcome.Error.Split("expected is one of").Length - 1);
    }

    [Theory]
    [InlineData("F32", "F32")]
    [InlineData("fp16", "F16")]
    [InlineData("half", "F16")]
    [InlineData("bfloat16", "BF16")]
    public void Number_formats_are_known_by_every_spelling(string word, string type)
    {
        PictureFile.Save(place.File("x.png"), LatentSharp.Tests.Imaging.SamplePictures.Tensor(16, 16));
        place.Latent("encode", "x.png", "--dtype", word, "-o", "x.safetensors", "-q").Expect(0);
        Assert.Equal(type, place.Latent("inspect", "x.safetensors", "--json").Expect(0).Json.GetProperty("element_type").GetString());
    }

    [Fact]
    public void Doctor_says_what_a_bug_report_needs()
    {
        System.Text.Json.JsonElement facts = place.Latent("doctor", "--json").Expect(0).Json;
        Assert.Equal((place.Home, "embedded"), (facts.GetProperty("home").GetString(), facts.GetProperty("default").GetString()));
        Assert.Contains("libvips", facts.GetProperty("picture_library").GetString(), StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessorCount, facts.GetProperty("cores").GetInt32());
        Assert.True(facts.GetProperty("memory_bytes").GetInt64() > 1 << 28);
        string text = place.Latent("doctor").Expect(0).Output;
        foreach (string word in (string[])["latent ", "processor", "memory", "pictures", "home"])
            Assert.Contains(word, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("powershell")]
    public void Shells_are_told_how_to_complete(string shell)
    {
        Assert.Contains("[suggest:", place.Latent("completions", shell).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("encode", place.Latent("[suggest:3]", "enc").Expect(0).Output.Split('\n').Select(l => l.Trim()));
    }

    [Fact]
    public void A_full_disk_behind_standard_output_is_an_error_not_a_crash()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("/dev/full is Linux's");
        foreach (string command in (string[])["ae list --json", "ae list", "--version", "plan --size 64x64"])
        {
            Workplace.Outcome outcome =
                place.Run("/bin/sh", "-c", $"dotnet '{Path.Combine(AppContext.BaseDirectory, "latent.dll")}' {command} > /dev/full");
            Assert.True(outcome.ExitCode == 3, $"{command}: {outcome.ExitCode} {outcome.Error}");
            Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Mistakes_are_json_too_when_asked()
    {
        Workplace.Outcome outcome = place.LatentProcess("ae", "add", "--json").Expect(2);
        Assert.Equal("usage", outcome.Json.GetProperty("error").GetProperty("kind").GetString());
        Assert.Equal(2, outcome.Json.GetProperty("error").GetProperty("exit_code").GetInt32());
    }
}
