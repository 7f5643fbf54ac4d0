using LatentSharp.Quality.Reports;
using LatentSharp.Quality.Reports.Html;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;
using LatentSharp.Service.Inspecting;

namespace LatentSharp.Service.Reporting;

/// <summary>Measures what an autoencoder does to pictures: a document and a page to look at.</summary>
public static class MakeReport
{
    /// <summary>Measures. A run that was stopped goes on where it was when it is given the same folder.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to measure.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="items">Told every picture as it is finished: a <see cref="MeasuredPicture"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="cancellationToken">Ends it soon; finished parts are kept.</param>
    /// <exception cref="LatentSharpException">The autoencoder cannot be opened, there is no picture that can be used, or the folder cannot
    /// be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ReportResult Run(AutoencoderLibrary library, ReportRequest request, IProgress<JobProgress>? progress = null,
        IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        BrokenWeights.Refuse(opened.Autoencoder, cancellationToken);
        using MeasuredPictures pictures = MeasuredPictures.Find(request.Images);
        using var folder = new ReportFolder(request.Output);
        var run = new ReportRun(opened.Autoencoder, folder,
            new ReportOptions
            {
                Compute = request.Compute, Experiments = request.Experiments,
                Items = items is null ? null : new Lines(items),
            });
        QualityReport report =
            FirstCause.Of(() => run.Run(pictures.All, [], PartOfJob.Whole(progress, opened.Autoencoder.Name), cancellationToken));
        string json = folder.Finish("report.json", ReportSchema.Write(report)),
            page = folder.Finish("report.html", ReportPage.Write(report, folder.DataUri));
        folder.Clean();
        return new ReportResult(opened.Facts, json, page, report.DataSet.Count,
            [.. report.DataSet.Unreadable.Select(u => new UnusedPicture(u.Name, u.Reason))],
            report.Summary.ToDictionary(s => s.Key, s => s.Mean), report.Summary, report.Findings, report.Limits,
            report.Measurement.TotalSeconds, pictures.Notes);
    }

    private sealed class Lines(IProgress<BatchItem> items) : IProgress<ReportItem>
    {
        public void Report(ReportItem value) => items.Report(value.Result is { } r
            ? new MeasuredPicture(value.Name, ItemStatus.Done, r.Width, r.Height, r.Metrics, r.LeftOut)
            : new FailedItem(value.Name, Problem.Of(value.Refusal!)!));
    }
}
