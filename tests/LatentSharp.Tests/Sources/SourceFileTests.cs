using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Sources;

/// <summary>Source files can be read on one screen and in one sitting, and nothing in them was left for later.</summary>
public sealed partial class SourceFileTests
{
    /// <summary>Columns of a line.</summary>
    private const int Widest = 140;

    /// <summary>Columns of a line that holds text for people, which is easier to find in one piece.</summary>
    private const int WidestWithText = 160;

    /// <summary>Bytes of a file: about 350 lines.</summary>
    private const int Largest = 16_000;

    // These pages are longer for a reason: one has a row for each comparison, the other a section for each command.
    private static readonly string[] LongPages = ["docs/correctness.md", "docs/command-line.md"];

    [Fact]
    public void No_line_is_wider_than_140_columns_or_160_with_text_for_people()
    {
        string[] wide = [.. Sources().SelectMany(path => File.ReadLines(Repository.Path(path))
            .Select((line, i) => (Text: line, Place: $"{path}:{i + 1}: {line.Length} columns")))
            .Where(l => l.Text.Length > (l.Text.Contains('"', StringComparison.Ordinal) ? WidestWithText : Widest))
            .Select(l => l.Place)];
        Assert.True(wide.Length == 0, string.Join('\n', wide));
    }

    [Fact]
    public void No_source_file_or_page_has_more_than_16000_bytes()
        => Assert.All(Sources().Concat(Pages()).Except(LongPages), path => Assert.True(
            new FileInfo(Repository.Path(path)).Length <= Largest,
            $"{path} has {new FileInfo(Repository.Path(path)).Length:N0} bytes: divide it by idea"));

    [Fact]
    public void Nothing_is_left_for_later()
        => Assert.All(Sources(), path => Assert.All(File.ReadLines(Repository.Path(path)).Select((text, i) => (text, i)),
            line => Assert.False(Unfinished().IsMatch(line.text), $"{path}:{line.i + 1}: {line.text.Trim()}")));

    // On a Linux without OpenSSL's libraries a first use of the platform's cryptography ends the process: Sha256 and Unguessable know when
    // to do without it.
    [Fact]
    public void The_platforms_cryptography_is_used_only_where_its_absence_is_known()
        => Assert.Equal(["src/LatentSharp.Server/Access/Unguessable.cs", "src/LatentSharp/Weights/Identity/Sha256.cs"],
            Files("src", "*.cs", SearchOption.AllDirectories)
            .Where(path => PlatformCryptography().IsMatch(File.ReadAllText(Repository.Path(path)))).Order(StringComparer.Ordinal));

    // An image over an array of ours is held by native code: one that is not disposed stays for good, 3 kB for every picture that was read.
    [Fact]
    public void Native_images_over_memory_have_a_name_to_be_disposed_by()
    {
        (string Path, string Line)[] made = [.. Files("src", "*.cs", SearchOption.AllDirectories)
            .SelectMany(path => File.ReadLines(Repository.Path(path)).Where(l => l.Contains("Image.NewFromMemory(", StringComparison.Ordinal))
                .Select(line => (path, line)))];
        Assert.NotEmpty(made);
        Assert.All(made, m => Assert.True(Disposed().IsMatch(m.Line), $"{m.Path}: {m.Line.Trim()}"));
    }

    [GeneratedRegex(@"^\s*(?:using Image \w+ =|return) Image\.NewFromMemory\([^;]*\);$")]
    private static partial Regex Disposed();

    [GeneratedRegex(@"\b(?:SHA(?:1|256|384|512)|MD5|HMAC\w+|IncrementalHash|RandomNumberGenerator|Aes)\.")]
    private static partial Regex PlatformCryptography();

    // The words stand apart so that this file does not find itself.
    [GeneratedRegex(@"\b(?:TO" + @"DO|FIX" + @"ME|HA" + @"CK|X" + @"XX|[Ss]tu" + @"b|NotImplemented" + @"Exception)\b")]
    private static partial Regex Unfinished();

    private static IEnumerable<string> Sources()
        => ((string[])["src", "tests", "benchmarks"]).SelectMany(folder => Files(folder, "*.cs", SearchOption.AllDirectories));

    private static IEnumerable<string> Pages()
        => Files("docs", "*.md", SearchOption.AllDirectories).Concat(Files(".", "*.md", SearchOption.TopDirectoryOnly));

    // Paths below the repository, without what a build makes.
    private static IEnumerable<string> Files(string folder, string pattern, SearchOption depth)
        => Directory.EnumerateFiles(Repository.Path(folder), pattern, depth)
            .Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/')).Where(f => !BuildOutput().IsMatch(f));

    [GeneratedRegex("/(?:obj|bin)/")]
    private static partial Regex BuildOutput();
}
