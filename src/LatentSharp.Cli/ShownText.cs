using System.Globalization;
using System.Text;

namespace LatentSharp.Cli;

/// <summary>
/// Text as it may be shown on a terminal. Names and metadata come out of files that others made: control characters would move the cursor,
/// change colours or the window's title, marks of direction would hide what stands there, and a name of a megabyte would bury the message.
/// </summary>
internal static class ShownText
{
    /// <summary>The longest line that is shown whole.</summary>
    internal const int LongestLine = 4000;

    private const int Ends = 200;

    /// <summary>
    /// The text with every control character but the end of a line written out, and lines that are too long cut in their middle.
    /// </summary>
    internal static string Of(string text)
    {
        if (text.Length <= LongestLine && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        return string.Join('\n', text.Split('\n').Select(line => Escaped(Cut(line))));
    }

    /// <summary>As <see cref="Of"/>, but on one line.</summary>
    internal static string OneLine(string text) => Escaped(Cut(text));

    private static string Cut(string line)
    {
        if (line.Length <= LongestLine) return line;
        string head = line[..(LongestLine - Ends)], tail = line[^Ends..];
        return string.Create(CultureInfo.InvariantCulture, $"{head} … {line.Length - LongestLine:N0} characters more … {tail}");
    }

    private static string Escaped(string line)
    {
        if (!line.Any(IsHidden)) return line;
        var shown = new StringBuilder(line.Length + 16);
        foreach (char c in line)
        {
            if (!IsHidden(c)) shown.Append(c);
            else if (c == '\t') shown.Append("    ");
            else if (c == '\r') shown.Append("\\r");
            else if (c == '\n') shown.Append("\\n");
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }
        return shown.ToString();
    }

    // Controls; marks that turn the direction of writing; separators of lines that terminals know besides the usual one; halves of
    // characters that lack the other half are left to the encoding, which replaces them.
    private static bool IsHidden(char c)
        => char.IsControl(c) || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u200E' or '\u200F' or '\u061C'
        or '\u2028' or '\u2029' or '\uFEFF';
}
