using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Quality.Metrics;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Quality.Reports;

/// <summary>A picture to measure with.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Load">Reads it; a <see cref="LatentSharpException"/> puts it on the list of what could not be used.</param>
public sealed record ReportPicture(string Name, Func<ImageTensor> Load);

/// <summary>How a report is made.</summary>
public sealed record ReportOptions
{
    /// <summary>The name and version of the program that measures.</summary>
    public ToolIdentity Tool { get; init; } = new("LatentSharp",
        typeof(ReportOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);

    /// <summary>Whether the experiments are run.</summary>
    public bool Experiments { get; init; } = true;

    /// <summary>How networks are run.</summary>
    public ComputeOptions? Compute { get; init; }

    /// <summary>How many pictures are kept for looking at.</summary>
    public int PicturesToShow { get; init; } = 24;

    /// <summary>Told of each picture as it is finished.</summary>
    internal IProgress<ReportItem>? Items { get; init; }
}

/// <summary>A picture that is finished.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Result">Its figures; null where it could not be used.</param>
/// <param name="Refusal">Why it could not.</param>
internal sealed record ReportItem(string Name, PictureResult? Result, LatentSharpException? Refusal);

/// <summary>Where a report keeps what is finished, so that a run that was killed goes on from there.</summary>
public interface IReportStore
{
    /// <summary>A finished part, or null.</summary>
    string? Read(string key);

    /// <summary>Keeps a finished part; complete or not at all.</summary>
    void Write(string key, string json);

    /// <summary>Keeps a picture to look at; called for several pictures at once.</summary>
    void WritePicture(string key, ImageTensor picture);
}

/// <summary>A finished picture as the store keeps it.</summary>
internal sealed record PictureStage(PictureResult Result, byte[] Latent, int LatentHeight, int LatentWidth, double EncodeSeconds,
    double DecodeSeconds);

/// <summary>Makes the report of one autoencoder: every picture there and back, then the experiments.</summary>
public sealed class ReportRun
{
    private readonly Autoencoder autoencoder;
    private readonly ReportOptions options;
    private readonly IReportStore store;
    private readonly KeptParts parts;

    /// <summary>A run.</summary>
    /// <param name="autoencoder">Both halves have to be there.</param>
    /// <param name="store">Keeps what is finished.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="LatentSharpException">A half is missing.</exception>
    public ReportRun(Autoencoder autoencoder, IReportStore store, ReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        ArgumentNullException.ThrowIfNull(store);
        if (!autoencoder.CanEncode || !autoencoder.CanDecode)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name,
                $"a report needs both halves of an autoencoder; the {(autoencoder.CanEncode ? "decoder" : "encoder")} is missing.",
                "Put the file with the other half beside this one.");
        (this.autoencoder, this.store, this.options) = (autoencoder, store, options ?? new ReportOptions());
        parts = new KeptParts(store);
    }

    /// <summary>Measures.</summary>
    /// <param name="pictures">In the order of the report.</param>
    /// <param name="unreadable">Files that were refused before; more may join them.</param>
    /// <param name="progress">Reports after every step.</param>
    /// <param name="cancellationToken">Ends the run soon; what is finished stays in the store.</param>
    /// <exception cref="LatentSharpException">None of the pictures could be used.</exception>
    public QualityReport Run(IReadOnlyList<ReportPicture> pictures, IReadOnlyList<RefusedPicture> unreadable,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(unreadable);
        using Measuring.Scope measuring = Measuring.EndedBy(cancellationToken);
        string started = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Stopwatch clock = Stopwatch.StartNew();
        string digest = ContentDigest.Compute(autoencoder.Weights, DigestLevel.Exact, cancellationToken: cancellationToken).Whole;
        // Parts belong to these weights and to this version of the metrics.
        string prefix = Digests.OfText($"{digest} {options.Tool.Version}")[..12];
        LatentSharpException? firstRefusal = null;
        List<PictureStage> stages = [];
        List<RefusedPicture> refused = [.. unreadable];
        List<ImageTensor> samples = [];
        double share = options.Experiments ? 0.65 : 1;
        for (int i = 0; i < pictures.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new StepProgress(share * i / pictures.Count, pictures[i].Name));
            try
            {
                ImageTensor image = pictures[i].Load();
                if (samples.Count < LatentExperiments.SampleCount && Math.Min(image.Height, image.Width) >= LatentExperiments.SmallestSide)
                    samples.Add(LatentExperiments.Sample(image));
                stages.Add(Picture(pictures[i].Name, image, prefix, stages.Count, cancellationToken));
                options.Items?.Report(new ReportItem(pictures[i].Name, stages[^1].Result, null));
            }
            catch (LatentSharpException e)
            {
                options.Items?.Report(new ReportItem(pictures[i].Name, null, e));
                firstRefusal ??= e;
                refused.Add(new RefusedPicture(pictures[i].Name, e.What));
            }
        }
        if (stages.Count == 0)
            throw new LatentSharpException(ErrorKind.BadInput, "", refused.Count == 0 ? "There are no pictures to measure with."
                : $"None of the {refused.Count} pictures could be used; the first: {refused[0].Name}: {refused[0].Reason.TrimEnd('.')}.",
                firstRefusal?.Remedy ?? "Give a folder with PNG, JPEG, WebP, TIFF or AVIF files.");

        LatentExperiments experiments = new(autoencoder, options.Compute);
        List<Experiment> results = [];
        if (options.Experiments && samples.Count > 0)
        {
            string key = Digests.OfText(string.Join('\n', samples.Select(s => Digests.OfPixels(s))))[..12];
            foreach ((string id, Func<IReadOnlyList<ImageTensor>, CancellationToken, Experiment?> run) in experiments.All)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new StepProgress(share + (1 - share) * 0.9 * results.Count / experiments.All.Count, id.Replace('-', ' ')));
                if (parts.Of($"{prefix}-{key}-{id}", ReportJson.Readable.Experiment, e => IsWhole(e, id), () => run(samples, cancellationToken))
                    is { } experiment)
                    results.Add(experiment);
            }
        }
        progress?.Report(new StepProgress(share + (1 - share) * 0.9, "flat colours"));
        IReadOnlyList<FlatColour> flat = parts.Of($"{prefix}-flat", ReportJson.Readable.IReadOnlyListFlatColour,
            kept => kept.Count > 0 && kept.All(c => c is { Name: not null }),
            () => [.. FlatColourProbe.Of(c => experiments.RoundTrip(c, cancellationToken), cancellationToken).Colours.Select(Rounded)])!;
        QualityReport report = Assemble(stages, refused, results, flat, digest);
        progress?.Report(new StepProgress(1, "done"));
        return report with
        {
            Findings = ReportFindings.Of(report),
            Measurement = report.Measurement with { Started = started, TotalSeconds = Math.Round(clock.Elapsed.TotalSeconds, 2) },
        };
    }

    private PictureStage Picture(string name, ImageTensor image, string prefix, int index, CancellationToken cancellationToken)
    {
        string digest = Digests.OfPixels(image), key = $"{prefix}-{index}-{digest[..16]}", owner = $"{index}-pictures";
        // The pictures to look at are named by their place alone: those of another run must not stand beside these figures.
        bool shown = store.Read(owner) == key;
        Func<PictureStage, bool> fits = s => IsWhole(s, image, digest, autoencoder.Space.Channels);
        PictureStage stage = parts.Of(key, ReportJson.Readable.PictureStage, fits, () =>
        {
            double megapixels = image.Height * (double)image.Width / 1e6;
            // The plan is made before the clock starts: it is made once for each size.
            autoencoder.PlanEncode(image.Height, image.Width, options.Compute);
            autoencoder.PlanDecode(image.Height, image.Width, options.Compute);
            Stopwatch clock = Stopwatch.StartNew();
            Latent latent = autoencoder.Encode(image, new EncodeOptions { Compute = options.Compute },
                cancellationToken: cancellationToken);
            double encode = clock.Elapsed.TotalSeconds / megapixels;
            clock.Restart();
            ImageTensor after = autoencoder.Decode(latent, new DecodeOptions { Compute = options.Compute },
                cancellationToken: cancellationToken);
            double decode = clock.Elapsed.TotalSeconds / megapixels;
            PictureComparison c = PictureComparison.Of(image, after, out Plane difference);
            if (index < options.PicturesToShow)
            {
                Parallel.Invoke(
                    () => store.WritePicture($"{index}-original", PictureViews.Shown(image)),
                    () => store.WritePicture($"{index}-roundtrip", PictureViews.Shown(after)),
                    () => store.WritePicture($"{index}-error", PictureViews.Shown(PictureViews.HeatMap(difference))));
                if (index == 0) store.WritePicture("0-latent", PictureViews.ChannelSheet(latent));
            }
            double[]? gain = c.Sharpness is { } s
                ? [.. s.Spectrum.Reference.Zip(s.Spectrum.Picture,
                    (a, b) => MetricCatalogue.Rounded(10 * Math.Log10(Math.Max(b, 1e-9) / Math.Max(a, 1e-9))))] : null;
            PictureResult result = new(name, digest, image.Width, image.Height, MetricCatalogue.Read(c), gain,
                PictureViews.Histogram(difference), c.LeftOut);
            return new PictureStage(result, MemoryMarshal.AsBytes(latent.Values.AsSpan()).ToArray(), latent.Height, latent.Width,
                encode, decode);
        }, again: !shown)!;
        if (!shown) store.Write(owner, key);
        return stage with { Result = stage.Result with { Name = name } };
    }

    private static bool IsWhole(PictureStage s, ImageTensor image, string digest, int channels)
        => s is { Result: { Metrics.Count: > 0, DeltaEHistogram: not null, LeftOut: not null }, Latent: not null }
        && s is { LatentHeight: > 0, LatentWidth: > 0 }
        && s.Result.Digest == digest && (s.Result.Width, s.Result.Height) == (image.Width, image.Height)
        && s.Latent.LongLength == (long)sizeof(float) * channels * s.LatentHeight * s.LatentWidth;

    private static bool IsWhole(Experiment e, string id)
        => e is { Title: not null, Question: not null, Answer: not null, Axis: not null, Points.Count: > 0 } && e.Id == id
        && e.Points.All(p => p is { Label: not null, Metrics: not null });

    private QualityReport Assemble(List<PictureStage> stages, List<RefusedPicture> refused, List<Experiment> experiments,
        IReadOnlyList<FlatColour> flat, string digest)
    {
        PictureResult[] pictures = [.. stages.Select(s => s.Result)];
        LatentSpace space = autoencoder.Space;
        const int side = LatentExperiments.CostSide;
        ComputeOptions unlimited = (options.Compute ?? ComputeOptions.Default) with { MemoryBudget = null };
        double latentBits = space.Channels * 16.0 / (space.Factor * space.Factor);
        return new QualityReport
        {
            Tool = options.Tool,
            Autoencoder = new AutoencoderIdentity
            {
                Name = autoencoder.Name,
                Family = autoencoder.Family.Title,
                Space = space.Id,
                SpaceTitle = space.Title,
                Channels = space.Channels,
                Factor = space.Factor,
                Parameters = autoencoder.Weights.Tensors.Values.Sum(t => t.Shape.ElementCount),
                Digest = digest,
                Notes = autoencoder.Notes,
            },
            DataSet = new DataSetIdentity(Digests.OfText(string.Join('\n', pictures.Select(p => $"{p.Name} {p.Digest}"))),
                pictures.Length, refused),
            Summary = Summaries.Of(pictures),
            Pictures = pictures,
            Spectrum = Summaries.Spectrum(pictures),
            FlatColours = flat,
            Latents = Summaries.Latents(
                [.. stages.Select(
                    s => new Latent(space, MemoryMarshal.Cast<byte, float>(s.Latent).ToArray(), 1, s.LatentHeight, s.LatentWidth))]),
            Experiments = experiments,
            Cost = new CostSummary(24, latentBits, MetricCatalogue.Rounded(24 / latentBits),
                autoencoder.EncoderGraph(side, side).MultiplyAdds, autoencoder.DecoderGraph(side, side).MultiplyAdds),
            Findings = [],
            Measurement = new Measurement
            {
                Started = "",
                Processor = $"{RuntimeInformation.ProcessArchitecture}, {VectorBits()}-bit vectors",
                System = RuntimeInformation.OSDescription,
                Runtime = RuntimeInformation.FrameworkDescription,
                Threads = options.Compute?.Threads is > 0 and int threads ? threads : Environment.ProcessorCount,
                EncodeSeconds = Median(stages.Select(s => s.EncodeSeconds)),
                DecodeSeconds = Median(stages.Select(s => s.DecodeSeconds)),
                EncodePeakBytes = autoencoder.PlanEncode(side, side, unlimited).PeakBytes,
                DecodePeakBytes = autoencoder.PlanDecode(side, side, unlimited).PeakBytes,
                TotalSeconds = 0,
            },
        };
    }

    private static FlatColour Rounded(FlatColour c) => c with
    {
        ColourError = MetricCatalogue.Rounded(c.ColourError),
        AfterRed = MetricCatalogue.Rounded(c.AfterRed),
        AfterGreen = MetricCatalogue.Rounded(c.AfterGreen),
        AfterBlue = MetricCatalogue.Rounded(c.AfterBlue),
        Deviation = MetricCatalogue.Rounded(c.Deviation),
        Grid8Rms = MetricCatalogue.Rounded(c.Grid8Rms),
        Grid16Rms = MetricCatalogue.Rounded(c.Grid16Rms),
    };

    private static int VectorBits() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return Math.Round(Distribution.Percentile(sorted, 0.5), 3);
    }
}
