using LatentSharp.Cli.Commands;

namespace LatentSharp.Tests.Server;

/// <summary>Options of the service from a file and from the environment: below the command line, and refused where they are none.</summary>
public sealed class ServeConfigurationTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("latent-config-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_file_sets_what_the_command_line_does_not()
    {
        string file = Written("""
            {"Serve": {"Urls": "http://127.0.0.1:1", "Memory": "4GB", "MaxBody": "1MB", "no-auth": true, "Host": ["a", "b"], "Queue": 3}, "Logging": {}}
            """);
        Assert.Equal(["--host", "a", "--host", "b", "--max-body", "1MB", "--memory", "4GB", "--no-auth", "--urls", "http://127.0.0.1:1"],
            InOrder(Configured("serve", "--queue", "5", "--config", file)));
    }

    [Fact]
    public void Lists_and_flags_are_written_as_on_the_command_line()
    {
        Assert.Empty(Configured("serve", "--config", Written("""{"Serve": {"NoAuth": false}}""")));
        Assert.Empty(Configured("serve", "--config", Written("{}")));
        Assert.Equal(["--threads", "2"], Configured("serve", "--config", Written("""{"Serve": {"Threads": 2}}""")));
    }

    [Theory]
    [InlineData("""{"Serve": {"Memorie": "4GB"}}""", "no setting Serve:Memorie")]
    [InlineData("""{"Serve": {"NoAuth": "perhaps"}}""", "true or false")]
    [InlineData("""{"Serve": """, "no JSON")]
    public void What_is_no_option_is_refused(string text, string part)
        => Assert.Contains(part, Assert.Throws<LatentSharpException>(() => Configured("serve", "--config", Written(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_named()
        => Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => Configured("serve", "--config", "nowhere.json")).Kind);

    private static IReadOnlyList<string> Configured(params string[] arguments)
    {
        System.CommandLine.ParseResult parsed = LatentSharp.Cli.CommandLine.Root().Parse(arguments);
        return ((ServeCommand)parsed.CommandResult.Command).Configured(parsed);
    }

    private string Written(string text)
    {
        string file = Path.Combine(folder.FullName, "settings.json");
        File.WriteAllText(file, text);
        return file;
    }

    // Settings come in the order of their names, values of one in that of the file.
    private static string[] InOrder(IReadOnlyList<string> arguments)
        => [.. string.Join(' ', arguments).Split(" --").Select((a, i) => i == 0 ? a : "--" + a).Order(StringComparer.Ordinal).SelectMany(a => a.Split(' '))];
}
