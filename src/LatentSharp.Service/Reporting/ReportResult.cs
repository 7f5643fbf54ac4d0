using LatentSharp.Quality.Reports;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;

namespace LatentSharp.Service.Reporting;

/// <summary>A report that was written.</summary>
/// <param name="Autoencoder">What was measured.</param>
/// <param name="Json">The document, which quality-report.schema.json describes.</param>
/// <param name="Html">The page.</param>
/// <param name="Pictures">How many pictures were used.</param>
/// <param name="Unreadable">Those that could not be used.</param>
/// <param name="Means">The mean of every metric by its key in the catalogue.</param>
/// <param name="Summary">The same with their intervals.</param>
/// <param name="Findings">What the figures mean, gravest first.</param>
/// <param name="Limits">What could not be measured, a sentence each.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record ReportResult(UsedAutoencoder Autoencoder, string Json, string Html, int Pictures,
    IReadOnlyList<UnusedPicture> Unreadable,
    IReadOnlyDictionary<string, double> Means, IReadOnlyList<MetricSummary> Summary, IReadOnlyList<ReportFinding> Findings,
    IReadOnlyList<string> Limits, double Seconds, IReadOnlyList<string> Notes);

/// <summary>A picture of a report as it is finished.</summary>
/// <param name="Input">Its name.</param>
/// <param name="Status">Always done.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Metrics">The value of every metric by its key in the catalogue; one that the picture is too small for is absent.</param>
/// <param name="LeftOut">Metrics that need a larger picture.</param>
public sealed record MeasuredPicture(string Input, ItemStatus Status, int Width, int Height, IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyList<string> LeftOut) : BatchItem(Input, Status);
