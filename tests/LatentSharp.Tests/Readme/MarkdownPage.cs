using System.Globalization;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Readme;

/// <summary>The fenced blocks of a page of documentation.</summary>
internal sealed partial class MarkdownPage(string path)
{
    private readonly string[] lines = File.ReadAllLines(path);

    /// <summary>Blocks fenced as <paramref name="language"/>, each with the number of its first line and its text.</summary>
    internal IEnumerable<(int Line, string Text)> Blocks(string language)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() != "```" + language) continue;
            int first = i + 1;
            while (++i < lines.Length && lines[i].Trim() != "```") { }
            yield return (first + 1, string.Join('\n', lines[first..i]));
        }
    }

    /// <summary>
    /// The commands in the blocks of a language, <c>sh</c> unless another is named, without comments, each as its words, and the exit code
    /// that a comment announces (<c># exit code 5</c>), else 0.
    /// </summary>
    internal IEnumerable<(int Line, string[] Words, int ExitCode)> Commands(string language = "sh")
    {
        foreach ((int line, string text) in Blocks(language))
        {
            string[] commands = text.Split('\n');
            for (int i = 0; i < commands.Length; i++)
            {
                int comment = commands[i].IndexOf('#', StringComparison.Ordinal);
                string[] words = [.. WordPattern().Matches(comment < 0 ? commands[i] : commands[i][..comment]).Select(m => m.Value.Trim('"'))];
                Match code = ExitCodePattern().Match(comment < 0 ? "" : commands[i][comment..]);
                if (words.Length > 0)
                    yield return (line + i, words, code.Success ? int.Parse(code.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0);
            }
        }
    }

    [GeneratedRegex("""
        "[^"]*"|[^ ]+
        """)]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"exit code (\d+)")]
    private static partial Regex ExitCodePattern();
}
