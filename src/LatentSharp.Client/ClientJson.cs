using System.Text.Json.Serialization;

namespace LatentSharp.Client;

/// <summary>The JSON of the service, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServiceJob))]
[JsonSerializable(typeof(ServiceAutoencoder))]
[JsonSerializable(typeof(GenerateRequest))]
internal sealed partial class ClientJson : JsonSerializerContext;
