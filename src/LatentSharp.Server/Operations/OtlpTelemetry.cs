using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LatentSharp.Server.Operations;

/// <summary>
/// Metrics and traces over OTLP, where the environment asks for them by OpenTelemetry's own variables (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>
/// and its kin, which the exporter reads itself). Nothing is sent anywhere otherwise.
/// </summary>
internal sealed class OtlpTelemetry : IDisposable
{
    private readonly MeterProvider? metrics;
    private readonly TracerProvider? traces;

    private OtlpTelemetry(MeterProvider? metrics, TracerProvider? traces) => (this.metrics, this.traces) = (metrics, traces);

    /// <summary>Begins to send what the environment asks for.</summary>
    internal static OtlpTelemetry Start()
    {
        MeterProvider? metrics = IsWanted("METRICS")
            ? OpenTelemetry.Sdk.CreateMeterProviderBuilder().AddMeter(PrometheusMetrics.Meters).AddOtlpExporter().Build() : null;
        TracerProvider? traces = IsWanted("TRACES")
            ? OpenTelemetry.Sdk.CreateTracerProviderBuilder().AddSource("Microsoft.AspNetCore", ComputeTraces.Name).AddOtlpExporter().Build() : null;
        return new OtlpTelemetry(metrics, traces);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        metrics?.Dispose();
        traces?.Dispose();
    }

    // https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables
    private static bool IsWanted(string signal)
    {
        if (Value("OTEL_SDK_DISABLED")?.Equals("true", StringComparison.OrdinalIgnoreCase) == true) return false;
        string? exporter = Value($"OTEL_{signal}_EXPORTER");
        return exporter is not null ? exporter.Split(',').Contains("otlp")
            : Value("OTEL_EXPORTER_OTLP_ENDPOINT") is not null || Value($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is not null;
    }

    private static string? Value(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
