using System.Globalization;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Reports;

/// <summary>Compares autoencoders: the pictures through each of them, then samples through every pair that fits.</summary>
public sealed class ComparisonRun(IReadOnlyList<Autoencoder> autoencoders, IReportStore store, ReportOptions? options = null)
{
    private readonly ReportOptions options = options ?? new ReportOptions();

    /// <summary>Measures.</summary>
    /// <param name="pictures">In the order of the report.</param>
    /// <param name="unreadable">Files that were refused before.</param>
    /// <param name="progress">Reports after every step.</param>
    /// <param name="cancellationToken">Ends the run soon; what is finished stays in the store.</param>
    /// <exception cref="LatentSharpException">There are fewer than two autoencoders, one lacks a half, or no picture could be
    /// used.</exception>
    public ComparisonReport Run(IReadOnlyList<ReportPicture> pictures, IReadOnlyList<RefusedPicture> unreadable,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (autoencoders.Count < 2)
            throw new LatentSharpException(ErrorKind.BadInput, "", "A comparison needs two autoencoders at least.", "Name another one, such as embedded.");
        using Measuring.Scope measuring = Measuring.EndedBy(cancellationToken);
        string[] names = Distinct();
        List<QualityReport> reports = [];
        for (int i = 0; i < autoencoders.Count; i++)
        {
            int index = i;
            ReportRun run = new(autoencoders[i], new PrefixedStore(store, $"{i}-"), options with { Experiments = false });
            reports.Add(run.Run(pictures, unreadable, Part(progress, 0.8 * index / autoencoders.Count, 0.8 / autoencoders.Count, names[i]),
                cancellationToken));
        }
        List<ImageTensor> samples = [];
        foreach (ReportPicture picture in pictures)
        {
            if (samples.Count == LatentExperiments.SampleCount) break;
            try
            {
                ImageTensor image = picture.Load();
                if (Math.Min(image.Height, image.Width) >= LatentExperiments.SmallestSide) samples.Add(LatentExperiments.Sample(image));
            }
            catch (LatentSharpException)
            {
                // Listed by every report already.
            }
        }
        List<SwappedPair> swapped = [];
        for (int e = 0; e < autoencoders.Count && samples.Count > 0; e++)
            for (int d = 0; d < autoencoders.Count; d++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(
                    new StepProgress(0.8 + 0.2 * (e * autoencoders.Count + d) / (autoencoders.Count * autoencoders.Count),
                        $"{names[e]} to {names[d]}"));
                if (autoencoders[e].Space.Channels == autoencoders[d].Space.Channels
                    && autoencoders[e].Space.Factor == autoencoders[d].Space.Factor)
                    swapped.Add(Swap(e, d, names, reports, samples, cancellationToken));
            }
        ComparedAutoencoder[] compared =
            [.. reports.Select((r, i) => new ComparedAutoencoder(r.Autoencoder with { Name = names[i] }, r.Summary, r.Cost,
            [.. r.Pictures.Select(p => p.Metrics.GetValueOrDefault("psnr", 100))], [.. r.Pictures.Select(p => p.Metrics["delta_e"])],
            Math.Round(r.Measurement.EncodeSeconds + r.Measurement.DecodeSeconds, 3),
            Math.Max(r.Measurement.EncodePeakBytes, r.Measurement.DecodePeakBytes)))];
        progress?.Report(new StepProgress(1, "done"));
        Ranking[] rankings =
        [
            Rank("fidelity", "mean PSNR", a => -a.Mean("psnr")), Rank("colour", "mean CIEDE2000", a => a.Mean("delta_e")),
                Rank("detail", "the original's fine detail that is left", a => -a.OwnDetail()),
            Rank("speed", "seconds for a megapixel", a => a.SecondsPerMegapixel), Rank("memory", "largest plan at 512x512", a => a.PeakBytes),
        ];
        return new ComparisonReport(ComparisonReport.CurrentSchema, options.Tool, reports[0].DataSet, compared,
            [.. rankings.Where(r => r.Order.Count > 0)], swapped)
        {
            SwappedOn = swapped.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
                $"the middle, at most {LatentExperiments.SampleSide} x {LatentExperiments.SampleSide} pixels, of "
                    + $"{(samples.Count == 1 ? "the first picture" : $"the first {samples.Count} pictures")}"),
        };

        Ranking Rank(string purpose, string by, Func<ComparedAutoencoder, double> key)
            => new(purpose, by, compared.Any(a => double.IsNaN(key(a))) ? [] : [.. compared.OrderBy(key).Select(a => a.Identity.Name)]);
    }

    private SwappedPair Swap(int e, int d, string[] names, List<QualityReport> reports, List<ImageTensor> samples,
        CancellationToken cancellationToken)
    {
        string pictures = Digests.OfText(string.Join('\n', samples.Select(Digests.OfPixels)));
        string key = $"swap-{reports[e].Autoencoder.Digest[..12]}-{reports[d].Autoencoder.Digest[..12]}-{pictures[..12]}";
        return new KeptParts(store).Of(key, ReportJson.Readable.SwappedPair, kept => kept.Encoder == names[e] && kept.Decoder == names[d],
            () => Swapped(e, d, names, samples, cancellationToken))!;
    }

    private SwappedPair Swapped(int e, int d, string[] names, List<ImageTensor> samples, CancellationToken cancellationToken)
    {
        ThereAndBack way = new(autoencoders[e], autoencoders[d], options.Compute);
        MeanFigures means = MeanFigures.Over(samples, s => way.Of(s, null, cancellationToken), MeanFigures.Psnr,
            MeanFigures.DeltaE, MeanFigures.Cast, (a, b) => WarpField.Of(a.Luma, b.Luma).Mean);
        return new SwappedPair(names[e], names[d], autoencoders[e].Space == autoencoders[d].Space, MetricCatalogue.Rounded(means[0]),
            MetricCatalogue.Rounded(means[1]), MetricCatalogue.Rounded(means[2]), MetricCatalogue.Rounded(means[3]));
    }

    // Two files may have one name: the second becomes "name (2)".
    private string[] Distinct()
    {
        Dictionary<string, int> seen = [];
        return [.. autoencoders.Select(a =>
        {
            int n = seen[a.Name] = seen.GetValueOrDefault(a.Name) + 1;
            return n == 1 ? a.Name : $"{a.Name} ({n})";
        })];
    }

    private static Scaled? Part(IProgress<StepProgress>? progress, double start, double share, string name)
        => progress is null ? null : new Scaled(progress, start, share, name);

    private sealed class Scaled(IProgress<StepProgress> target, double start, double share, string name) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => target.Report(new StepProgress(start + share * value.Fraction, $"{name}: {value.Step}"));
    }

    private sealed class PrefixedStore(IReportStore store, string prefix) : IReportStore
    {
        public string? Read(string key) => store.Read(prefix + key);

        public void Write(string key, string json) => store.Write(prefix + key, json);

        public void WritePicture(string key, ImageTensor picture) => store.WritePicture(prefix + key, picture);
    }
}
