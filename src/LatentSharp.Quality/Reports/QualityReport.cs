using LatentSharp.Quality.Findings;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Reports;

/// <summary>
/// What was measured on one autoencoder with one set of pictures: the content of <c>report.json</c>. The same autoencoder, pictures and
/// tool give the same report, except for <see cref="Measurement"/>. Its JSON form is described by <see cref="ReportSchema"/>.
/// </summary>
public sealed record QualityReport
{
    /// <summary>The value of <see cref="Schema"/> that this version writes.</summary>
    public const string CurrentSchema = "latentsharp/quality-report/1";

    /// <summary>Names the form of the document.</summary>
    public string Schema { get; init; } = CurrentSchema;

    /// <summary>What measured.</summary>
    public required ToolIdentity Tool { get; init; }

    /// <summary>What was measured.</summary>
    public required AutoencoderIdentity Autoencoder { get; init; }

    /// <summary>The pictures it was measured with.</summary>
    public required DataSetIdentity DataSet { get; init; }

    /// <summary>Every metric over all pictures.</summary>
    public required IReadOnlyList<MetricSummary> Summary { get; init; }

    /// <summary>Every picture.</summary>
    public required IReadOnlyList<PictureResult> Pictures { get; init; }

    /// <summary>Gain in dB from original to round trip against spatial frequency, the mean over the pictures.</summary>
    public required SpectrumCurve Spectrum { get; init; }

    /// <summary>What became of flat colours.</summary>
    public required IReadOnlyList<FlatColour> FlatColours { get; init; }

    /// <summary>The latents of the pictures.</summary>
    public required LatentSummary Latents { get; init; }

    /// <summary>What happens under noise, repetition, other element types, other sizes.</summary>
    public required IReadOnlyList<Experiment> Experiments { get; init; }

    /// <summary>Size of a latent and arithmetic needed.</summary>
    public required CostSummary Cost { get; init; }

    /// <summary>What the figures mean, gravest first.</summary>
    public required IReadOnlyList<ReportFinding> Findings { get; init; }

    /// <summary>
    /// What could not be measured because pictures are too small, a sentence each; empty when everything was. Follows from
    /// <see cref="Pictures"/>.
    /// </summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<string> Limits => ReportFindings.Limits(Pictures);

    /// <summary>Time and machine: the only part that differs between two runs.</summary>
    public required Measurement Measurement { get; init; }
}

/// <summary>The program that measured.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version without build metadata.</param>
public sealed record ToolIdentity(string Name, string Version);

/// <summary>The autoencoder that was measured.</summary>
public sealed record AutoencoderIdentity
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture's family.</summary>
    public required string Family { get; init; }

    /// <summary>The id of its latent space.</summary>
    public required string Space { get; init; }

    /// <summary>The name people use for the space.</summary>
    public required string SpaceTitle { get; init; }

    /// <summary>Channels of a latent.</summary>
    public required int Channels { get; init; }

    /// <summary>Pixels per latent position, each way.</summary>
    public required int Factor { get; init; }

    /// <summary>How many numbers its weights hold.</summary>
    public required long Parameters { get; init; }

    /// <summary>SHA-256 over the weights as float32 in order of their names, hexadecimal.</summary>
    public required string Digest { get; init; }

    /// <summary>What was noticed when it was opened.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>The pictures of a report.</summary>
/// <param name="Digest">SHA-256 over the names and digests of the pictures, hexadecimal.</param>
/// <param name="Count">How many were measured.</param>
/// <param name="Unreadable">Files that could not be used, with the reason.</param>
public sealed record DataSetIdentity(string Digest, int Count, IReadOnlyList<RefusedPicture> Unreadable);

/// <summary>A file that could not be used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why.</param>
public sealed record RefusedPicture(string Name, string Reason);

/// <summary>One metric over all pictures.</summary>
/// <param name="Key">The metric's key in <see cref="MetricCatalogue"/>.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end of the 95 % confidence interval of the mean (Student's t; on a logarithmic scale towards an end of what is
/// possible, such as an error of 0).</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Median">The median.</param>
/// <param name="Minimum">The smallest value.</param>
/// <param name="Maximum">The largest value.</param>
/// <param name="Count">The number of pictures that have the metric.</param>
public sealed record MetricSummary(string Key, double Mean, double Low, double High, double Median, double Minimum,
    double Maximum, int Count);

/// <summary>One picture.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Digest">SHA-256 of the pixels, hexadecimal.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Metrics">Value of every metric by key; a metric that the picture is too small for is absent.</param>
/// <param name="GainDb">Gain in dB per band of <see cref="SpectrumCurve.Frequencies"/>; null when the picture is too small.</param>
/// <param name="DeltaEHistogram">Share of the pixels with a CIEDE2000 difference in [i/4, (i+1)/4), 40 entries, the last one open.</param>
/// <param name="LeftOut">Metrics that need a larger picture.</param>
public sealed record PictureResult(string Name, string Digest, int Width, int Height, IReadOnlyDictionary<string, double> Metrics,
    double[]? GainDb, double[] DeltaEHistogram, IReadOnlyList<string> LeftOut);

/// <summary>Gain against spatial frequency.</summary>
/// <param name="Frequencies">Cycles per pixel.</param>
/// <param name="GainDb">10 log10 of power after over power before.</param>
public sealed record SpectrumCurve(double[] Frequencies, double[] GainDb);

/// <summary>The latents of all pictures.</summary>
/// <param name="Channels">One entry for each channel.</param>
/// <param name="EffectiveDimensions">How many directions carry the variance.</param>
/// <param name="KlToUnitNormal">Mean over channels, in nats.</param>
/// <param name="Rms">Root mean square of all values: about 1 when the scale is right.</param>
/// <param name="Correlation">Correlation between channels, row-major C x C.</param>
public sealed record LatentSummary(IReadOnlyList<LatentChannel> Channels, double EffectiveDimensions, double KlToUnitNormal, double Rms,
    double[] Correlation);

/// <summary>One experiment: a quantity is varied and the quality measured.</summary>
/// <param name="Id">A stable name.</param>
/// <param name="Title">A title for people.</param>
/// <param name="Question">What is asked, in a sentence.</param>
/// <param name="Answer">What came out, in a sentence.</param>
/// <param name="Axis">What is varied.</param>
/// <param name="Points">The results in order.</param>
public sealed record Experiment(string Id, string Title, string Question, string Answer, string Axis,
    IReadOnlyList<ExperimentPoint> Points);

/// <summary>One setting of an experiment.</summary>
/// <param name="Label">The setting in words.</param>
/// <param name="X">The setting as a number; the index where it is none.</param>
/// <param name="Metrics">Mean of the metrics over the experiment's pictures, by key.</param>
public sealed record ExperimentPoint(string Label, double X, IReadOnlyDictionary<string, double> Metrics);

/// <summary>
/// What an autoencoder costs wherever it runs; time and memory depend on the machine and stand in <see cref="Measurement"/>.
/// </summary>
/// <param name="PictureBits">Bits per pixel of an 8-bit picture: 24.</param>
/// <param name="LatentBits">Bits per pixel of its latent in 16-bit numbers.</param>
/// <param name="Ratio">How many times smaller the latent is.</param>
/// <param name="EncodeMultiplyAdds">Multiply-adds to encode 512x512 pixels, by the definition of convolution.</param>
/// <param name="DecodeMultiplyAdds">Multiply-adds to decode to 512x512 pixels.</param>
public sealed record CostSummary(double PictureBits, double LatentBits, double Ratio, long EncodeMultiplyAdds, long DecodeMultiplyAdds);

/// <summary>A finding about the autoencoder as a whole.</summary>
/// <param name="Kind">As <see cref="Finding.KindName"/>, or <c>good</c>.</param>
/// <param name="Severity"><c>good</c>, <c>slight</c>, <c>clear</c> or <c>severe</c>.</param>
/// <param name="Text">The finding in plain language with figures.</param>
/// <param name="Next">What to do; empty when nothing is needed.</param>
public sealed record ReportFinding(string Kind, string Severity, string Text, string Next);

/// <summary>Time and machine.</summary>
public sealed record Measurement
{
    /// <summary>UTC, ISO 8601.</summary>
    public required string Started { get; init; }

    /// <summary>The processor architecture and its vector width.</summary>
    public required string Processor { get; init; }

    /// <summary>The operating system.</summary>
    public required string System { get; init; }

    /// <summary>The .NET version.</summary>
    public required string Runtime { get; init; }

    /// <summary>Threads used.</summary>
    public required int Threads { get; init; }

    /// <summary>Median seconds to encode one megapixel.</summary>
    public required double EncodeSeconds { get; init; }

    /// <summary>Median seconds to decode one megapixel.</summary>
    public required double DecodeSeconds { get; init; }

    /// <summary>Memory of the plan that encodes 512x512 pixels; depends on threads and vector width.</summary>
    public required long EncodePeakBytes { get; init; }

    /// <summary>Memory of the plan that decodes to 512x512 pixels.</summary>
    public required long DecodePeakBytes { get; init; }

    /// <summary>Seconds of the whole report; only of the last part if it was resumed.</summary>
    public required double TotalSeconds { get; init; }
}
