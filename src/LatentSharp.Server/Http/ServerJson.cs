using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LatentSharp.Server.Access;

namespace LatentSharp.Server.Http;

/// <summary>The JSON of the service's own documents; results of use cases have that of <c>ServiceJson</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(IReadOnlyList<AccessKey>))]
internal sealed partial class ServerJson : JsonSerializerContext;
