using System.CommandLine;
using System.CommandLine.Parsing;

namespace LatentSharp.Cli;

/// <summary>Mistakes on the command line, in words, and what may have been meant.</summary>
internal static class Mistakes
{
    /// <summary>What is wrong, one line for each mistake.</summary>
    internal static string Explain(ParseResult parsed)
    {
        // What stands behind a command that is none belonged to it.
        bool noCommand = parsed.CommandResult.Command.Subcommands.Count > 0;
        IEnumerable<string> unknown = parsed.UnmatchedTokens.Take(noCommand ? 1 : int.MaxValue)
            .Select(t => Unknown(parsed.CommandResult.Command, t));
        IEnumerable<string> others = noCommand && parsed.UnmatchedTokens.Count > 0 ? []
            : parsed.Errors.Where(e => !parsed.UnmatchedTokens.Any(t => e.Message.Contains($"'{t}'", StringComparison.Ordinal)))
                .Select(Plain);
        string[] lines = [.. unknown.Concat(others).Distinct(StringComparer.Ordinal)];
        return string.Join('\n', lines.Length > 0 ? lines : [.. parsed.Errors.Select(e => e.Message)]);
    }

    /// <summary>
    /// A word that begins as options do where no such option is, taken for a file: a mistyped option is a mistake, not a missing file.
    /// </summary>
    internal static string? MistypedOption(ParseResult parsed)
    {
        bool all = false;
        foreach (string token in parsed.CommandResult.Tokens.Select(t => t.Value))
        {
            all |= token == "--";
            if (!all && token.StartsWith("--", StringComparison.Ordinal) && token.Length > 2 && !File.Exists(token))
                return Unknown(parsed.CommandResult.Command, token);
            if (!all && token is ['-', not '-', ..] && !File.Exists(token)) return Unknown(parsed.CommandResult.Command, token);
        }
        return null;
    }

    private static string Unknown(Command command, string token)
    {
        bool isOption = token.StartsWith('-');
        IEnumerable<string> candidates = isOption
            ? command.Options.Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options.Where(o => o.Recursive)))
            .SelectMany(o => o.Aliases.Prepend(o.Name))
            : command.Subcommands.Select(c => c.Name);
        string[] near = [.. Likeness.Nearest(token, candidates)];
        string what = isOption ? $"there is no option {token}"
            : command.Subcommands.Count > 0 ? $"there is no command {token}" : $"{token} is one argument too many";
        return near.Length == 0 ? what + "." : $"{what}. Did you mean {string.Join(" or ", near)}?";
    }

    // The parser's words for a value that it cannot read name a type of the program, or no option.
    private static string Plain(ParseError error)
    {
        string message = error.Message;
        if (message.Split('\'') is [_, var given, var between, .. var choices] && between.Contains("one of", StringComparison.Ordinal))
        {
            var option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
            return $"{(option is null ? "" : option.Option.Name + " ")}{given}: expected is one of {string.Join(", ", choices.Where((_, i) => i % 2 == 0))}.";
        }
        int type = message.IndexOf(" as expected type", StringComparison.Ordinal);
        return type < 0 ? message : message[..type] + ".";
    }
}
