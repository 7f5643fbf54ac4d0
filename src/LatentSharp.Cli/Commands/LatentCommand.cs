using System.CommandLine;

namespace LatentSharp.Cli.Commands;

/// <summary>A command with examples, whose errors become one message and an exit code.</summary>
internal abstract class LatentCommand : Command
{
    /// <summary>A command of the given name.</summary>
    protected LatentCommand(string name, string description, params string[] examples) : base(name, description)
    {
        Examples = examples;
        SetAction((arguments, cancellationToken) => Task.Run(() => Guarded(arguments, cancellationToken), CancellationToken.None));
    }

    /// <summary>Command lines that show the usual uses.</summary>
    internal string[] Examples { get; }

    /// <summary>Does the work; mistakes are thrown.</summary>
    protected abstract void Run(ParseResult arguments, Output report, CancellationToken cancellationToken);

    private int Guarded(ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = new Output(arguments.GetValue(SharedOptions.Json), arguments.GetValue(SharedOptions.Quiet));
        try
        {
            Run(arguments, report, cancellationToken);
            return report.ExitCode;
        }
#pragma warning disable CA1031 // this is the place where every error ends
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Exception cause = exception is AggregateException { InnerExceptions: [var only] } ? only : exception;
            Failure failure = Failure.Of(cause);
            if (Environment.GetEnvironmentVariable("LATENTSHARP_DEBUG") is "1") Console.Error.WriteLine(exception);
            Output.Print(failure, report.Json);
            return failure.ExitCode;
        }
    }
}
