using LatentSharp.Quality.Reports;
using LatentSharp.Quality.Reports.Html;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Inspecting;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Comparing;

/// <summary>Measures several autoencoders with the same pictures, ranks them, and crosses them.</summary>
public static class CompareAutoencoders
{
    private const int PicturesToShow = 8;

    /// <summary>Compares.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to compare.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon; finished parts are kept.</param>
    /// <exception cref="LatentSharpException">There are fewer than two autoencoders, one cannot be opened, there is no picture that can be
    /// used, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CompareResult Run(AutoencoderLibrary library, CompareRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Autoencoders.Count < 2)
            throw new LatentSharpException(ErrorKind.Usage, string.Join(", ", request.Autoencoders),
                "a comparison needs two autoencoders at least.", "Name another one, such as embedded.");
        OpenedAutoencoder[] opened = OpenedAutoencoder.OpenAll(library, request.Autoencoders);
        try
        {
            foreach (OpenedAutoencoder one in opened) BrokenWeights.Refuse(one.Autoencoder, cancellationToken);
            using MeasuredPictures pictures = MeasuredPictures.Find(request.Images);
            using var folder = new ReportFolder(request.Output);
            var run = new ComparisonRun([.. opened.Select(o => o.Autoencoder)], folder,
                new ReportOptions { Compute = request.Compute, PicturesToShow = PicturesToShow });
            ComparisonReport report = FirstCause.Of(() => run.Run(pictures.All, [], PartOfJob.Whole(progress, ""), cancellationToken));
            string json = folder.Finish("compare.json", report.ToJson());
            HashSet<string> refused = [.. report.DataSet.Unreadable.Select(u => u.Name)];
            string page = folder.Finish("compare.html",
                ComparisonPage.Write(report, [.. pictures.All.Select(p => p.Name).Where(n => !refused.Contains(n))], folder.DataUri));
            folder.Clean();
            if (report.Swapped.Count == 0)
                pictures.Notes.Add($"no pair was crossed: the latents differ in shape, or no picture has {LatentExperiments.SmallestSide} pixels each way");
            return new CompareResult([.. opened.Select(o => o.Facts)], json, page, report,
                [.. report.DataSet.Unreadable.Select(u => new UnusedPicture(u.Name, u.Reason))], pictures.Notes);
        }
        finally
        {
            foreach (OpenedAutoencoder one in opened) one.Dispose();
        }
    }
}
