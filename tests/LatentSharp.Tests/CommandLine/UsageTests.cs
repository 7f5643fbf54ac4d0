namespace LatentSharp.Tests.CommandLine;

/// <summary>What the command line says about itself, and to someone who mistypes.</summary>
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
    [InlineData("ae")]
    [InlineData("ae", "add")]
    [InlineData("ae", "list", "--threads", "0")]
    [InlineData("ae", "list", "--threads", "many")]
    [InlineData("ae", "list", "--frobnicate")]
    public void Mistakes_in_the_command_line_are_2_and_point_to_help(params string[] arguments)
    {
        Workplace.Outcome outcome = place.Latent(arguments).Expect(2);
        Assert.Contains("--help`", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void A_picture_beyond_any_machine_is_refused_before_it_is_made()
    {
        // 3 x 65,536 x 65,536 values are six times what one array holds.
        Workplace.Outcome outcome = place.Latent("bench", "--size", "65536x65536").Expect(3);
        Assert.Contains("GB of working memory are needed", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void Mistakes_are_json_too_when_asked()
    {
        Workplace.Outcome outcome = place.LatentProcess("ae", "add", "--json").Expect(2);
        Assert.Equal("usage", outcome.Json.GetProperty("error").GetProperty("kind").GetString());
        Assert.Equal(2, outcome.Json.GetProperty("error").GetProperty("exit_code").GetInt32());
    }
}
