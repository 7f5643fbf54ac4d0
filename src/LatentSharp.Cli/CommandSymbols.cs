using System.CommandLine;

namespace LatentSharp.Cli;

/// <summary>Puts a command together.</summary>
internal static class CommandSymbols
{
    /// <summary>Adds an argument or an option.</summary>
    internal static void Add(this Command command, Symbol symbol)
    {
        if (symbol is Argument argument) command.Arguments.Add(argument);
        else command.Options.Add((Option)symbol);
    }
}
