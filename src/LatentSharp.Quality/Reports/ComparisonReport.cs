namespace LatentSharp.Quality.Reports;

/// <summary>
/// Several autoencoders measured with the same pictures, ranked by purpose, and crossed: encoded with one, decoded with another.
/// </summary>
/// <param name="Schema">Names the form of the document.</param>
/// <param name="Tool">What measured.</param>
/// <param name="DataSet">The pictures.</param>
/// <param name="Autoencoders">What was compared, in the order given.</param>
/// <param name="Rankings">Who is best for what.</param>
/// <param name="Swapped">Every pair whose latents have the same shape.</param>
public sealed record ComparisonReport(string Schema, ToolIdentity Tool, DataSetIdentity DataSet,
    IReadOnlyList<ComparedAutoencoder> Autoencoders, IReadOnlyList<Ranking> Rankings, IReadOnlyList<SwappedPair> Swapped)
{
    /// <summary>The value of <see cref="Schema"/> that this version writes.</summary>
    public const string CurrentSchema = "latentsharp/comparison/1";

    /// <summary>
    /// What the crossed pairs were measured on, in words: parts of the pictures, so that their figures differ a little from those of whole
    /// pictures.
    /// </summary>
    public string SwappedOn { get; init; } = "";

    /// <summary>The comparison as JSON.</summary>
    public string ToJson() => System.Text.Json.JsonSerializer.Serialize(this, ReportJson.Readable.ComparisonReport) + "\n";
}

/// <summary>One autoencoder of a comparison.</summary>
/// <param name="Identity">What it is.</param>
/// <param name="Summary">Its metrics.</param>
/// <param name="Cost">Its cost.</param>
/// <param name="PicturePsnr">PSNR of every picture in dB; 100 for one that came back unchanged.</param>
/// <param name="PictureDeltaE">Mean CIEDE2000 difference of every picture.</param>
/// <param name="SecondsPerMegapixel">Median seconds for a round trip of a megapixel on this machine.</param>
/// <param name="PeakBytes">Memory of the larger of the plans for 512x512 pixels on this machine.</param>
public sealed record ComparedAutoencoder(AutoencoderIdentity Identity, IReadOnlyList<MetricSummary> Summary, CostSummary Cost,
    IReadOnlyList<double> PicturePsnr, IReadOnlyList<double> PictureDeltaE, double SecondsPerMegapixel, long PeakBytes)
{
    /// <summary>
    /// The mean of a metric; NaN when it was not measured. Positive infinity for the PSNR of pictures that all came back unchanged.
    /// </summary>
    public double Mean(string key)
        => Summary.FirstOrDefault(s => s.Key == key)?.Mean
        ?? (key == "psnr" && PictureDeltaE.All(d => d == 0) ? double.PositiveInfinity : double.NaN);

    /// <summary>
    /// The share of the original's fine detail that is left, [0, 1]: the power between 0.25 and 0.5 cycles per pixel after over before, of
    /// which the coherent part counts. Detail that is lost and detail that is redrawn both lower it. NaN when it was not measured.
    /// </summary>
    public double OwnDetail() => Math.Min(1, Mean("detail_coherence") * Math.Pow(10, -Mean("detail_loss") / 10));
}

/// <summary>Who is best for a purpose.</summary>
/// <param name="Purpose"><c>fidelity</c>, <c>colour</c>, <c>detail</c>, <c>speed</c> or <c>memory</c>.</param>
/// <param name="By">The figure that decides.</param>
/// <param name="Order">Names, best first.</param>
public sealed record Ranking(string Purpose, string By, IReadOnlyList<string> Order);

/// <summary>Encoded with one, decoded with another.</summary>
/// <param name="Encoder">Name of the first.</param>
/// <param name="Decoder">Name of the second.</param>
/// <param name="SameSpace">Whether both speak the same latent space; if not, the result shows what a mismatch does.</param>
/// <param name="Psnr">Mean PSNR in dB over the samples (<see cref="ComparisonReport.SwappedOn"/>).</param>
/// <param name="DeltaE">Mean CIEDE2000 difference.</param>
/// <param name="Cast">Mean length of the shift in Lab.</param>
/// <param name="Warp">Mean displacement in pixels.</param>
public sealed record SwappedPair(string Encoder, string Decoder, bool SameSpace, double Psnr, double DeltaE, double Cast, double Warp);
