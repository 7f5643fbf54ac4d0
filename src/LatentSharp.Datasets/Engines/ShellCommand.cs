namespace LatentSharp.Datasets.Engines;

/// <summary>Lines of a POSIX shell that encode a part of a data set under an engine.</summary>
internal static class ShellCommand
{
    /// <summary>
    /// Runs a command so that a signal to stop reaches it, and ends as engines understand it: pictures that cannot be encoded are no reason
    /// to run the part again (merging lists them), a command that was stopped is. One that could not go on (6: a full disk) fails.
    /// </summary>
    /// <param name="command">The command, as a shell takes it.</param>
    /// <param name="stopped">What is done when it was stopped; it may end the script.</param>
    public static string Run(string command, string stopped)
        => $$"""
            {{command}} &
            child=$!
            trap 'kill -TERM "$child"' TERM INT
            wait "$child"; code=$?
            # A signal ends the wait before the command has ended.
            while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
            case $code in
                0|3) exit 0 ;;      # 3: all is done but pictures that cannot be encoded; merging lists them
                130|143) {{stopped}} ;;
                *) exit "$code" ;;
            esac
            """.ReplaceLineEndings("\n");

    /// <summary>Words as a shell takes them.</summary>
    public static string Words(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    private static string Quoted(string word)
        => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "./_-:+=,".Contains(c, StringComparison.Ordinal)) ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
