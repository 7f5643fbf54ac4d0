using System.Text.RegularExpressions;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Readme;

/// <summary>What the documentation tells people to type works: every command and every C# sample is run.</summary>
[Collection(CommandsCollection.Name)]
public sealed partial class DocumentationTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/command-line.md")]
    [InlineData("docs/pictures-look-wrong.md")]
    [InlineData("docs/data-set.md")]
    [InlineData("docs/datasets.md")]
    public void Commands_run_as_written(string page)
    {
        // Outputs go to a folder of the test's own, which has what the commands read.
        foreach (string folder in (string[])["assets/photos", "assets/models"])
        {
            Directory.CreateDirectory(place.File(folder));
            foreach (string file in Directory.EnumerateFiles(Repository.Path(folder)))
            {
                string copy = Path.Combine(place.File(folder), Path.GetFileName(file));
                // A part of each photograph is enough to see that commands do as they are written.
                if (Path.GetExtension(file) is ".png") PictureFile.Save(copy, Photographs.Middle(file, 128));
                else File.Copy(file, copy);
            }
        }
        (int Line, string[] Words, int ExitCode)[] commands = [.. new MarkdownPage(Repository.Path(page)).Commands()];
        Assert.NotEmpty(commands);
        bool first = true;
        foreach ((int line, string[] words, int exitCode) in commands)
        {
            string script = Repository.Path(words[0]);
            Assert.True(File.Exists(script) || words[0] is "dotnet", $"{page}:{line}: there is no {words[0]}");
            if (words[0] is not "./latent") continue;   // ./test is what is running now
            // The script hands its arguments on unchanged: one command through it tells that it works.
            Workplace.Outcome outcome = !first ? place.Latent(words[1..])
                : OperatingSystem.IsWindows() ? place.Run("pwsh", ["-NoProfile", "-File", script + ".ps1", .. words[1..]])
                : place.Run("sh", [script, .. words[1..]]);
            first = false;
            Assert.True(outcome.ExitCode == exitCode,
                $"{page}:{line}: {string.Join(' ', words)}: exit code {outcome.ExitCode}\n{outcome.Output}\n{outcome.Error}");
        }
    }

    [Fact]
    public void The_table_of_families_is_the_one_that_the_tests_wrote()
    {
        static IEnumerable<string> Table(string page)
            => File.ReadLines(Repository.Path(page)).SkipWhile(l => !l.StartsWith("| family |", StringComparison.Ordinal))
            .TakeWhile(l => l.StartsWith('|'));
        Assert.NotEmpty(Table("docs/families.md"));
        Assert.Equal(Table("docs/families.md"), Table("README.md"));
    }

    [Fact]
    public void Links_lead_somewhere()
    {
        foreach (string page in (string[])["README.md", "CONTRIBUTING.md", .. Directory.EnumerateFiles(Repository.Path("docs"), "*.md")
            .Select(f => "docs/" + Path.GetFileName(f))])
        {
            foreach (Match link in LinkPattern().Matches(File.ReadAllText(Repository.Path(page))))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal)) continue;
                string path = Path.Combine(Path.GetDirectoryName(Repository.Path(page))!, target);
                Assert.True(File.Exists(path) || Directory.Exists(path), $"{page} links to {target}, which is not there");
            }
        }
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();

    [Fact]
    public void Samples_compile_and_run()
    {
        (string Name, string Text)[] samples = [.. ((string[])["README.md", "docs/first-program.md", "docs/library.md", "docs/package.md", "docs/datasets.md"])
            .SelectMany(page => Samples(page))];
        PictureFile.Save(place.File("photo.png"), Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 192));
        string program = place.File("samples.dll");
        Sample.Compile(OneProgram(samples), program,
            ["LatentSharp", "LatentSharp.Datasets", "LatentSharp.Embedded", "LatentSharp.Imaging", "LatentSharp.Quality",
            "LatentSharp.Extensions.DependencyInjection", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Configuration.Abstractions"]);
        string said = place.Run("dotnet", Sample.Command(program)).Expect(0).Output;
        foreach ((string name, _) in samples) Assert.Contains($"{name}:", said, StringComparison.Ordinal);

        static IEnumerable<(string, string)> Samples(string page)
        {
            (int Line, string Text)[] found = [.. new MarkdownPage(Repository.Path(page)).Blocks("csharp")];
            Assert.NotEmpty(found);
            return found.Select(f => ($"{page} {f.Line}", f.Text));
        }
    }

    // Each sample is a program. To compile and start one instead of many, each becomes a function of one program, below the usings of all.
    private static string OneProgram((string Name, string Text)[] samples)
    {
        string[] lines = [.. samples.SelectMany(s => s.Text.Split('\n'))];
        IEnumerable<string> usings = lines.Where(IsUsing).Distinct();
        IEnumerable<string> functions = samples.Select((s, i) =>
            $"static async Task Sample{i}()\n{{\n{string.Join('\n', s.Text.Split('\n').Where(l => !IsUsing(l)))}\nawait Task.CompletedTask;\n}}");
        IEnumerable<string> calls = samples.Select((s, i) => $"Console.WriteLine(\"{s.Name}:\");\nawait Sample{i}();");
        return string.Join('\n', [.. usings, .. calls, .. functions]);

        static bool IsUsing(string line) => line.StartsWith("using LatentSharp", StringComparison.Ordinal)
            || line.StartsWith("using Microsoft", StringComparison.Ordinal);
    }
}
