using System.CommandLine;

namespace LatentSharp.Cli;

/// <summary>What a run of the program finds around it: where it writes, what it reads, where the autoencoders of the machine are.</summary>
internal sealed class Surroundings : InvocationConfiguration
{
    internal Surroundings() => (EnableDefaultExceptionHandler, ProcessTerminationTimeout) = (false, null);

    /// <summary>Standard input.</summary>
    internal Func<Stream> Input { get; init; } = Console.OpenStandardInput;

    /// <summary>The home of the library; null for the one of the environment.</summary>
    internal string? Home { get; init; }

    /// <summary>The columns of the terminal that errors go to; null when they go to something else.</summary>
    internal int? Columns { get; init; } = ColumnsOfConsole();

    private static int? ColumnsOfConsole()
    {
        if (Console.IsErrorRedirected) return null;
        try
        {
            return Console.WindowWidth is > 0 and int width ? width : 80;
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            return 80;
        }
    }
}
