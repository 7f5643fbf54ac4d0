using System.Text.Json;
using System.Text.Json.Nodes;

namespace LatentSharp.Server.Http;

/// <summary>How the callers of a part of the service expect errors: content type and bytes of a problem.</summary>
/// <param name="ContentType">The type of the answer's body.</param>
/// <param name="Write">The body.</param>
internal sealed record ErrorShape(string ContentType, Func<ProblemDocument, byte[]> Write)
{
    private static readonly ErrorShape Plain = new("application/problem+json", problem =>
        JsonSerializer.SerializeToUtf8Bytes(problem, ServerJson.Default.ProblemDocument));

    private static readonly ErrorShape OpenAi = Document(problem => new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["message"] = Sentences(problem),
            ["type"] = problem.Status switch
            {
                StatusCodes.Status401Unauthorized => "authentication_error",
                StatusCodes.Status403Forbidden => "permission_error",
                StatusCodes.Status429TooManyRequests => "rate_limit_error",
                >= 500 => "server_error",
                _ => "invalid_request_error",
            },
            ["param"] = problem.Where,
            ["code"] = problem is { Status: StatusCodes.Status404NotFound, Where: "model" } ? "model_not_found" : null,
        },
    });

    private static readonly ErrorShape A1111 = Document(problem => new JsonObject
    {
        ["error"] = problem.Status == StatusCodes.Status422UnprocessableEntity ? "ValidationError" : "HTTPException",
        ["detail"] = Sentences(problem),
        ["body"] = "",
        ["errors"] = "",
    });

    private static readonly ErrorShape SdCpp = Document(problem => new JsonObject { ["error"] = Sentences(problem) });

    /// <summary>The shape for a path.</summary>
    internal static ErrorShape For(PathString path)
        => path.StartsWithSegments("/sdapi") ? A1111
        : path.StartsWithSegments("/sdcpp") ? SdCpp
        : path.StartsWithSegments("/v1/images") || path.StartsWithSegments("/v1/models") ? OpenAi
        : Plain;

    private static ErrorShape Document(Func<ProblemDocument, JsonObject> shape)
        => new(Answers.Json, problem => JsonSerializer.SerializeToUtf8Bytes(shape(problem), ServerJson.Default.JsonObject));

    private static string Sentences(ProblemDocument problem) => problem.Next is null ? problem.Detail : $"{problem.Detail} {problem.Next}";
}
