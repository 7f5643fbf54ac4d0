using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Readme;

namespace LatentSharp.Tests.Server;

/// <summary>
/// What docs/service.md tells people to type: commands of <c>latent</c> are understood, requests are answered, the program compiles and
/// runs.
/// </summary>
public sealed class ServicePageTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private const string Page = "docs/service.md", Address = "http://127.0.0.1:7860";

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Commands_are_understood()
    {
        string[][] commands = [.. new MarkdownPage(Repository.Path(Page)).Commands().Select(c => c.Words).Where(w => w[0] == "latent")];
        Assert.InRange(commands.Length, 6, 100);
        foreach (string[] words in commands)
        {
            string[] own = [.. words[1..].TakeWhile(w => w is not (">" or "|"))];
            Assert.True(LatentSharp.Cli.CommandLine.Root().Parse(own).Errors.Count == 0, string.Join(' ', words));
        }
    }

    [Fact]
    public void Requests_are_answered()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the page is written for sh");
        File.WriteAllBytes(place.File("photo.png"), SamplePicture.Png(64, 48));
        string[] requests = [.. Lines("sh").Where(l => l.StartsWith("curl ", StringComparison.Ordinal))];
        Assert.Equal(2, requests.Length);
        foreach (string request in requests)
        {
            string here = request.Replace("curl ", "curl -sS --fail ", StringComparison.Ordinal).Replace(Address, Here, StringComparison.Ordinal);
            place.Run("sh", "-c", here).Expect(0);
        }
        Assert.Equal((64, 48), PictureFile.Inspect(place.File("back.png")).DisplaySize);
    }

    [Fact]
    public void The_program_compiles_and_runs()
    {
        File.WriteAllBytes(place.File("photo.png"), SamplePicture.Png(64, 48));
        (int Line, string Text) sample = Assert.Single(new MarkdownPage(Repository.Path(Page)).Blocks("csharp"));
        Assert.Contains(Address, sample.Text, StringComparison.Ordinal);
        string program = place.File("sample.dll");
        Sample.Compile(sample.Text.Replace(Address, Here, StringComparison.Ordinal)
            + "\nFile.WriteAllBytes(\"back.png\", picture);\nConsole.WriteLine(report.Status);", program, ["LatentSharp.Client"]);
        Assert.Equal("done", place.Run("dotnet", Sample.Command(program)).Expect(0).Output.Trim());
        Assert.Equal((64, 48), PictureFile.Inspect(place.File("back.png")).DisplaySize);
    }

    private string Here => server.Address.GetLeftPart(UriPartial.Authority);

    private static IEnumerable<string> Lines(string language)
        => new MarkdownPage(Repository.Path(Page)).Blocks(language).SelectMany(b => b.Text.Split('\n')).Select(l => l.Trim());
}
