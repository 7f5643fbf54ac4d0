using System.Text.Json;

namespace LatentSharp.Quality.Reports;

/// <summary>The JSON form of reports: <c>report.json</c> and the JSON Schema (2020-12) that describes it.</summary>
public static class ReportSchema
{
    /// <summary>The schema as text.</summary>
    public static string Text => Html.Markup.Resource("quality-report.schema.json");

    /// <summary>A report as JSON: the same report gives the same text.</summary>
    public static string Write(QualityReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return JsonSerializer.Serialize(report, ReportJson.Readable.QualityReport) + "\n";
    }

    /// <summary>A report from JSON.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The text is no report of this version.</exception>
    public static QualityReport Read(string json, string where = "report.json")
    {
        try
        {
            QualityReport? report = JsonSerializer.Deserialize(json, ReportJson.Readable.QualityReport);
            if (report?.Schema == QualityReport.CurrentSchema) return report;
        }
        catch (JsonException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, where, $"this is no quality report: {e.Message}",
                new Remedy(RemedyKind.MakeReport, "Make the report again."), e);
        }
        throw new LatentSharpException(ErrorKind.BadInput, where, $"this is no report of the form {QualityReport.CurrentSchema}.",
            new Remedy(RemedyKind.MakeReport, "Make the report again."));
    }
}
