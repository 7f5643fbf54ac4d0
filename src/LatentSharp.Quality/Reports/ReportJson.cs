using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Reports;

/// <summary>Reading and writing reports as JSON; generated at build time, so that it works without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(QualityReport))]
[JsonSerializable(typeof(ComparisonReport))]
[JsonSerializable(typeof(SwappedPair))]
[JsonSerializable(typeof(PictureStage))]
[JsonSerializable(typeof(Experiment))]
[JsonSerializable(typeof(IReadOnlyList<FlatColour>))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Characters outside ASCII are kept: reports are read by people.</summary>
    public static ReportJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
