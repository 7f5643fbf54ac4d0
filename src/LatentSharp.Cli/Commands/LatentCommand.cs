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

    /// <summary>What is left behind when the command is cancelled before it returns.</summary>
    protected virtual string LeftByCancelling => "nothing was written.";

    /// <summary>The exit code of an error that ended the command.</summary>
    protected virtual int ExitCodeOf(Failure failure) => failure.ExitCode;

    /// <summary>Does the work; mistakes are thrown.</summary>
    protected abstract void Run(ParseResult arguments, Output output, CancellationToken cancellationToken);

    /// <summary>The autoencoders of this machine.</summary>
    protected static AutoencoderLibrary Library(ParseResult arguments)
        => new(((Surroundings)arguments.InvocationConfiguration).Home, [EmbeddedAutoencoder.BuiltIn])
        {
            Models = [EmbeddedGenerator.BuiltIn],
        };

    private int Guarded(ParseResult arguments, CancellationToken cancellationToken)
    {
        var surroundings = (Surroundings)arguments.InvocationConfiguration;
        var output = new Output(surroundings, arguments.GetValue(SharedOptions.Json), arguments.GetValue(SharedOptions.Quiet))
        {
            JsonLines = arguments.CommandResult.Command.Options.OfType<Option<bool>>()
                .FirstOrDefault(o => o.Name == InputOptions.JsonLinesName) is { } lines && arguments.GetValue(lines),
        };
        try
        {
            Run(arguments, output, cancellationToken);
            output.End();
            surroundings.Output.Flush();
            return output.ExitCode;
        }
#pragma warning disable CA1031 // this is the place where every error ends
        catch (Exception exception)
#pragma warning restore CA1031
        {
            output.End();
            Failure failure = Failure.Of(exception, LeftByCancelling);
            failure = failure with { ExitCode = ExitCodeOf(failure) };
            if (Environment.GetEnvironmentVariable("LATENTSHARP_DEBUG") is "1") surroundings.Error.WriteLine(exception);
            Output.Print(failure, output.Json, surroundings);
            return failure.ExitCode;
        }
    }
}
