using System.Text.Json;

namespace LatentSharp.Server.Http;

/// <summary>How the callers of a part of the service expect errors: content type and bytes of a problem.</summary>
/// <param name="ContentType">The type of the answer's body.</param>
/// <param name="Write">The body.</param>
internal sealed record ErrorShape(string ContentType, Func<ProblemDocument, byte[]> Write)
{
    private static ErrorShape Plain { get; } = new("application/problem+json", problem =>
        JsonSerializer.SerializeToUtf8Bytes(problem, ServerJson.Default.ProblemDocument));

    /// <summary>The shape for a path.</summary>
    internal static ErrorShape For(PathString path) => Plain;
}
