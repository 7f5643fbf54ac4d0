using System.Text.Json;
using static LatentSharp.Latents.PositiveMatrix;

namespace LatentSharp.Latents;

/// <summary>
/// What the values of natural latents of one space are like, whoever reads them: in which space a latent is written, and whether its scale
/// and shift were applied.
/// </summary>
/// <remarks>
/// Two things are known. The <see cref="Scatter"/> is the shape of the scatter of differences between neighbouring positions (unpacked,
/// where the space packs positions into channels): differences do not know the picture's colours or the space's shift, and only their
/// directions are compared, so that neither contrast nor scale matters. It tells spaces apart. <see cref="Mean"/> and
/// <see cref="Covariance"/> are those of the values in diffusion space: they tell scaled latents from unscaled ones of the same space.
/// </remarks>
internal sealed class SpaceFingerprint
{
    private const string Resource = "LatentSharp.space-fingerprints.json";

    private static readonly Lazy<IReadOnlyList<SpaceFingerprint>> known = new(ReadKnown);

    private readonly PositiveMatrix scatter, covariance;

    /// <summary>A fingerprint.</summary>
    /// <param name="spaceId">The <see cref="LatentSpace.Id"/> of the space.</param>
    /// <param name="channels">The number C of channels, unpacked.</param>
    /// <param name="scatter">The lower triangle of the scatter of differences, row by row: C * (C + 1) / 2 values. Its scale does not
    /// matter.</param>
    /// <param name="mean">The C means of the values in diffusion space.</param>
    /// <param name="covariance">The lower triangle of their covariance.</param>
    /// <param name="pictures">The number of pictures it was taken from.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or a matrix is not positive definite.</exception>
    public SpaceFingerprint(string spaceId, int channels, IReadOnlyList<double> scatter, IReadOnlyList<double> mean,
        IReadOnlyList<double> covariance, int pictures)
    {
        ArgumentNullException.ThrowIfNull(scatter);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(covariance);
        if (mean.Count != channels) throw new ArgumentException($"{channels} channels have as many means, not {mean.Count}", nameof(mean));
        (SpaceId, Channels, Scatter, Mean, Covariance, Pictures) = (spaceId, channels, scatter, mean, covariance, pictures);
        (this.scatter, this.covariance) = (new PositiveMatrix(scatter, channels), new PositiveMatrix(covariance, channels));
    }

    /// <summary>The fingerprints that are part of the library.</summary>
    public static IReadOnlyList<SpaceFingerprint> Known => known.Value;

    /// <summary>The <see cref="LatentSpace.Id"/> of the space.</summary>
    public string SpaceId { get; }

    /// <summary>The number of channels, unpacked.</summary>
    public int Channels { get; }

    /// <summary>The lower triangle of the scatter of differences, row by row.</summary>
    public IReadOnlyList<double> Scatter { get; }

    /// <summary>The means of the channels in diffusion space.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>The lower triangle of the channels' covariance in diffusion space, row by row.</summary>
    public IReadOnlyList<double> Covariance { get; }

    /// <summary>The number of pictures it was taken from.</summary>
    public int Pictures { get; }

    /// <summary>
    /// How well the differences in a latent fit: the mean log-density of their directions under the angular central Gaussian distribution
    /// (Tyler 1987), relative to all directions being alike, in nats per channel. 0 for a latent without differences.
    /// </summary>
    /// <param name="latent">[C, height, width] of one picture, unpacked, in diffusion or model space.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public double Score(ReadOnlySpan<float> latent, int height, int width)
    {
        var difference = new double[Channels];
        double sum = 0;
        long count = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                foreach (int step in (ReadOnlySpan<int>)[x + 1 < width ? 1 : 0, y + 1 < height ? width : 0])
                {
                    if (step == 0) continue;
                    double size = 0;
                    for (int c = 0; c < Channels; c++)
                    {
                        int at = (c * height + y) * width + x;
                        difference[c] = latent[at + step] - (double)latent[at];
                        size += difference[c] * difference[c];
                    }
                    if (size < 1e-12) continue;
                    sum -= 0.5 * Channels * Math.Log(scatter.Distance(difference) / size);
                    count++;
                }
        return count == 0 ? 0 : (sum / count - 0.5 * scatter.LogDeterminant) / Channels;
    }

    /// <summary>
    /// How much better the values fit if scale and shift have still to be applied than as they are, in nats per channel: the difference of
    /// mean log-densities under the Gaussian with <see cref="Mean"/> and <see cref="Covariance"/>. Negative for latents in diffusion space.
    /// </summary>
    /// <param name="latent">[C, height, width] of one picture.</param>
    /// <param name="space">The space of the fingerprint, which packs nothing.</param>
    /// <param name="noise">The deviation of white noise that is in the values and of no natural latent: it counts for neither side.</param>
    public double UnscaledLead(ReadOnlySpan<float> latent, LatentSpace space, double noise = 0)
    {
        ArgumentNullException.ThrowIfNull(space);
        double ratio = Enumerable.Range(0, Channels).Average(c => (double)space.ScaleOf(c));
        PositiveMatrix before = WithNoise(noise), after = WithNoise(noise * ratio);
        int plane = latent.Length / Channels;
        double[] asIs = new double[Channels], scaled = new double[Channels];
        double sum = 0, change = 0;
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < Channels; c++)
            {
                float value = latent[c * plane + i];
                asIs[c] = value - Mean[c];
                scaled[c] = (value - space.ShiftOf(c)) * (double)space.ScaleOf(c) - Mean[c];
            }
            sum += 0.5 * (before.Distance(asIs) - after.Distance(scaled));
        }
        for (int c = 0; c < Channels; c++) change += Math.Log(space.ScaleOf(c));
        change += 0.5 * (before.LogDeterminant - after.LogDeterminant);
        return plane == 0 ? 0 : (sum / plane + change) / Channels;
    }

    /// <summary>
    /// How well the values fit: their mean log-density under the Gaussian with <see cref="Mean"/> and <see cref="Covariance"/>, but for a
    /// constant that all spaces of as many channels share, in nats per channel.
    /// </summary>
    /// <param name="latent">[C, height, width] of one picture, in diffusion space.</param>
    /// <param name="noise">The deviation of white noise that is in the values and of no natural latent.</param>
    public double ValueScore(ReadOnlySpan<float> latent, double noise = 0)
    {
        PositiveMatrix by = WithNoise(noise);
        int plane = latent.Length / Channels;
        double[] value = new double[Channels];
        double sum = 0;
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < Channels; c++) value[c] = latent[c * plane + i] - Mean[c];
            sum -= 0.5 * by.Distance(value);
        }
        return plane == 0 ? 0 : (sum / plane - 0.5 * by.LogDeterminant) / Channels;
    }

    private PositiveMatrix WithNoise(double sigma)
    {
        if (sigma == 0) return covariance;
        double[] noisy = [.. Covariance];
        for (int c = 0; c < Channels; c++) noisy[At(c, c)] += sigma * sigma;
        return new PositiveMatrix(noisy, Channels);
    }

    /// <summary>Takes the fingerprint of a number of pictures.</summary>
    /// <param name="spaceId">The <see cref="LatentSpace.Id"/> of the space.</param>
    /// <param name="channels">The number C of channels, unpacked.</param>
    /// <param name="differences">Differences between neighbouring positions, C values each.</param>
    /// <param name="values">Positions in diffusion space, C values each.</param>
    /// <param name="pictures">The number of pictures.</param>
    public static SpaceFingerprint From(string spaceId, int channels, IReadOnlyList<float[]> differences, IReadOnlyList<float[]> values,
        int pictures)
    {
        ArgumentNullException.ThrowIfNull(differences);
        ArgumentNullException.ThrowIfNull(values);
        double[] mean = [.. Enumerable.Range(0, channels).Select(c => values.Average(v => (double)v[c]))];
        var covariance = new double[channels * (channels + 1) / 2];
        foreach (float[] value in values)
            for (int i = 0; i < channels; i++)
                for (int j = 0; j <= i; j++) covariance[At(i, j)] += (value[i] - mean[i]) * (value[j] - mean[j]) / values.Count;
        return new SpaceFingerprint(spaceId, channels, ScatterOf(channels, differences), mean, covariance, pictures);
    }

    /// <summary>
    /// The shape of the scatter of differences: the fixed point of Tyler's estimator, with trace C, its lower triangle row by row.
    /// </summary>
    /// <param name="channels">The number C of channels.</param>
    /// <param name="differences">Differences between neighbouring positions, C values each.</param>
    public static double[] ScatterOf(int channels, IReadOnlyList<float[]> differences)
    {
        const int rounds = 12;
        var scatter = new double[channels * (channels + 1) / 2];
        for (int i = 0; i < channels; i++) scatter[At(i, i)] = 1;
        for (int round = 0; round < rounds; round++)
        {
            var current = new PositiveMatrix(scatter, channels);
            var next = new double[scatter.Length];
            foreach (float[] difference in differences)
            {
                double distance = current.Distance(Array.ConvertAll(difference, d => (double)d));
                if (distance < 1e-12) continue;
                for (int i = 0; i < channels; i++)
                    for (int j = 0; j <= i; j++) next[At(i, j)] += difference[i] * (double)difference[j] / distance;
            }
            double trace = Enumerable.Range(0, channels).Sum(i => next[At(i, i)]);
            scatter = Array.ConvertAll(next, v => v * channels / trace);
        }
        return scatter;
    }

    private static List<SpaceFingerprint> ReadKnown()
    {
        using Stream stream = typeof(SpaceFingerprint).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly");
        using JsonDocument document = JsonDocument.Parse(stream);
        return [.. document.RootElement.EnumerateArray()
            .Select(e => new SpaceFingerprint(e.GetProperty("space").GetString()!, e.GetProperty("channels").GetInt32(),
            Numbers(e, "scatter"), Numbers(e, "mean"), Numbers(e, "covariance"), e.GetProperty("pictures").GetInt32()))];

        static double[] Numbers(JsonElement entry, string name) => [.. entry.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
    }
}
