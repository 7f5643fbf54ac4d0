using LatentSharp.Server.Autoencoders;
using Microsoft.Extensions.Logging;

namespace LatentSharp.Server.Http;

/// <summary>Whatever goes wrong behind it becomes a JSON answer in the shape that the caller knows; nothing else ever leaves.</summary>
internal sealed partial class ErrorAnswers(RequestDelegate next, ILogger<ErrorAnswers> log, OpenAutoencoders autoencoders)
{
    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        SecurityHeaders.Set(context.Response);
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
                await AnswerAsync(context, Problems.Document(context.Response.StatusCode, Instance(), Detail(context)));
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            Gone(context.Request.Method, context.Request.Path);
        }
#pragma warning disable CA1031 // this is the place where every error ends
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ProblemDocument problem = Problems.Of(exception, Instance());
            if (exception is LatentSpaceMismatchException mismatch)
                problem = problem with { Fitting = autoencoders.Fitting(mismatch.Found) };
            if (problem.Status == StatusCodes.Status500InternalServerError) Defect(exception, problem.Instance);
            if (context.Response.HasStarted) context.Abort();
            else await AnswerAsync(context, problem);
        }
    }

    private static async Task AnswerAsync(HttpContext context, ProblemDocument problem)
    {
        HttpResponse response = context.Response;
        string allow = response.Headers.Allow.ToString();
        response.Clear();
        SecurityHeaders.Set(response);
        if (allow.Length > 0) response.Headers.Allow = allow;
        response.StatusCode = problem.Status;
        if (problem.RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.ToString();
        if (problem.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        ErrorShape shape = ErrorShape.For(context.Request.Path);
        byte[] body = shape.Write(problem);
        (response.ContentType, response.ContentLength) = (shape.ContentType, body.Length);
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static string Detail(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this address.",
        StatusCodes.Status405MethodNotAllowed =>
            $"{context.Request.Method} is not answered here; {context.Response.Headers.Allow} is.",
        _ => "The request was refused.",
    };

    private static string Instance() => $"urn:uuid:{Guid.NewGuid()}";

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path}: the client is gone")]
    private partial void Gone(string method, PathString path);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed in a way it should not ({Instance})")]
    private partial void Defect(Exception exception, string instance);
}
