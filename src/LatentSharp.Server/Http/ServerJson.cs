using System.Text.Json.Serialization;

namespace LatentSharp.Server.Http;

/// <summary>The JSON of the service's own documents; results of use cases have that of <c>ServiceJson</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ServerJson : JsonSerializerContext;
