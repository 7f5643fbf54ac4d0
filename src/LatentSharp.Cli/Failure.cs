using System.Text.Json;

namespace LatentSharp.Cli;

/// <summary>An error as the command line reports it: one message, one exit code, no stack trace.</summary>
internal sealed record Failure(int ExitCode, string Kind, string Where, string What, Remedy? Remedy)
{
    /// <summary>The remedy with what to type.</summary>
    internal string? Next => TypedRemedy.Text(Remedy);

    internal string Message
        => (Where.Length == 0 ? What : $"{Where}: {What}") + (Next is null ? "" : Next.StartsWith('\n') ? Next : " " + Next);

    /// <summary>The error for <c>--json</c>.</summary>
    internal ErrorDocument Document => new(new CommandError(Kind, ExitCode, Where, What, Remedy, Next?.Trim(), Message));

    /// <summary>What went wrong.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="cancelled">What a command that was cancelled leaves behind.</param>
    internal static Failure Of(Exception exception, string cancelled)
    {
        if (exception is OperationCanceledException)
            return new Failure(Cli.ExitCode.Cancelled, "cancelled", "", "cancelled; " + cancelled, null);
        // Work that several threads share fails with everything that went wrong at once; the first is the cause.
        Exception cause = exception is AggregateException { InnerExceptions: [var first, ..] } ? first : exception;
        if (Problem.Of(cause) is { } problem) return Of(problem);
        return new Failure(Cli.ExitCode.Defect, "defect", "", $"latent failed in a way it should not: {exception.Message}",
            "Please report it with the command and the output of LATENTSHARP_DEBUG=1.");
    }

    /// <summary>What went wrong with one of several things.</summary>
    internal static Failure Of(Problem problem)
        => new(Cli.ExitCode.Of(problem.Kind), JsonNamingPolicy.KebabCaseLower.ConvertName(problem.Kind.ToString()), problem.Where,
            problem.What, problem.Remedy);
}
