using Microsoft.AspNetCore.WebUtilities;

namespace LatentSharp.Server.Http;

/// <summary>Exceptions as problem documents.</summary>
internal static class Problems
{
    private const string Kinds = "https://latentsharp.dev/problems/";

    /// <summary>What a client is told.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="instance">This occurrence.</param>
    internal static ProblemDocument Of(Exception exception, string instance)
    {
        // Work that several threads share fails with everything that went wrong at once; the first is the cause.
        Exception cause = exception is AggregateException { InnerExceptions: [var first, ..] } ? first : exception;
        return cause switch
        {
            RefusedRequest e => Document(e.Status, instance, e.What) with
            {
                Where = e.Where.Length == 0 ? null : e.Where,
                Expected = e.Expected,
                Found = e.Found,
                Next = e.Next,
                RetryAfter = e.RetryAfter,
            },
            BadHttpRequestException e => Document(e.StatusCode, instance, e.Message),
            OperationCanceledException => Document(StatusCodes.Status503ServiceUnavailable, instance, "Another request interrupted this.") with
            {
                Next = "Ask again.",
            },
            LatentSpaceMismatchException e => Document(StatusCodes.Status409Conflict, instance, PlainPaths.In(e.What)) with
            {
                Type = Kinds + "latent-space-mismatch",
                Title = "The latents are not of this autoencoder's space",
                Where = PlainPaths.In(e.Where),
                Expected = e.Expected.Id,
                Found = e.Found.Id,
                Next = e.Next,
            },
            _ when Problem.Of(cause) is { } problem => Document(StatusOf(cause, problem), instance, PlainPaths.In(problem.What)) with
            {
                Where = problem.Where.Length == 0 ? null : PlainPaths.In(problem.Where),
                Next = problem.Remedy is { } remedy ? PlainPaths.In(remedy.Text).Trim() : null,
            },
            _ => Document(StatusCodes.Status500InternalServerError, instance, "The service failed in a way it should not.") with
            {
                Next = "Tell the operator the instance above; the log says more.",
            },
        };
    }

    /// <summary>A document with what the status says.</summary>
    internal static ProblemDocument Document(int status, string instance, string detail)
    {
        string title = ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } reason ? reason : "Refused";
        return new ProblemDocument(Kinds + title.ToLowerInvariant().Replace(' ', '-'), title, status, detail, instance);
    }

    private static int StatusOf(Exception cause, Problem problem) => cause is OutOfMemoryException ? StatusCodes.Status503ServiceUnavailable
        : problem.Kind switch
        {
            ErrorKind.NotFound => StatusCodes.Status404NotFound,
            ErrorKind.Mismatch => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status400BadRequest,
        };
}
