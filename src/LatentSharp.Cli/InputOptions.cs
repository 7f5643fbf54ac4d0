using System.CommandLine;

namespace LatentSharp.Cli;

/// <summary>The options of commands that work on many files.</summary>
internal static class InputOptions
{
    /// <summary>The name of the option <c>--json-lines</c>.</summary>
    internal const string JsonLinesName = "--json-lines";

    /// <summary>The option <c>--recursive</c>.</summary>
    internal static Option<bool> Recursive() => new("--recursive", "-r")
    {
        Description = "Whether folders below a named folder count too; they do unless this is false.",
        HelpName = "true|false",
        DefaultValueFactory = _ => true,
    };

    /// <summary>The option <c>--again</c>.</summary>
    internal static Option<bool> Again() => new("--again") { Description = "Do it again where the result of the same content is there already." };

    /// <summary>The option <c>--json-lines</c>.</summary>
    internal static Option<bool> JsonLines()
        => new(JsonLinesName, "--jsonl") { Description = "Print one line of JSON for each file as it is finished, and one for the whole at the end." };

    /// <summary>What an argument with several names stands for.</summary>
    internal static InputSelection Selection(ParseResult arguments, InputsArgument names, Option<bool> recursive)
        => new()
        {
            Names = arguments.GetRequiredValue(names), Recursive = arguments.GetValue(recursive),
            StandardInput = ((Surroundings)arguments.InvocationConfiguration).Input()
        };
}

/// <summary>
/// The argument of a command that works on many files: files, folders, patterns, lists, and <c>-</c> for standard input, which the command
/// reads itself.
/// </summary>
/// <param name="name">Its name in the help.</param>
internal sealed class InputsArgument(string name) : Argument<string[]>(name);
