using System.Text.Json;

namespace LatentSharp.Latents;

/// <summary>
/// How the channels of one latent space vary together: the shape of the scatter of differences between neighbouring positions (unpacked, where the space packs positions
/// into channels). Differences do not know the picture's colours or the space's shift, and only their directions are compared, so that neither contrast nor scale matters:
/// flat and busy pictures, scaled and unscaled latents of a space have one fingerprint.
/// </summary>
public sealed class SpaceFingerprint
{
    private const string Resource = "LatentSharp.space-fingerprints.json";

    private static readonly Lazy<IReadOnlyList<SpaceFingerprint>> known = new(ReadKnown);

    private readonly double[] inverse;      // of the Cholesky factor of the scatter, lower triangle, row by row
    private readonly double logDeterminant;

    /// <summary>A fingerprint.</summary>
    /// <param name="spaceId">The <see cref="LatentSpace.Id"/> of the space.</param>
    /// <param name="channels">The number C of channels.</param>
    /// <param name="scatter">The lower triangle of the scatter, row by row: C * (C + 1) / 2 values. Its scale does not matter.</param>
    /// <param name="pictures">The number of pictures it was taken from.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or the scatter is not positive definite.</exception>
    public SpaceFingerprint(string spaceId, int channels, IReadOnlyList<double> scatter, int pictures)
    {
        ArgumentNullException.ThrowIfNull(scatter);
        if (scatter.Count != channels * (channels + 1) / 2) throw new ArgumentException($"{channels} channels have a scatter of {channels * (channels + 1) / 2} values, not {scatter.Count}", nameof(scatter));
        (SpaceId, Channels, Scatter, Pictures) = (spaceId, channels, scatter, pictures);
        double[] factor = Cholesky([.. scatter], channels);
        for (int i = 0; i < channels; i++) logDeterminant += 2 * Math.Log(factor[At(i, i)]);
        inverse = Invert(factor, channels);
    }

    /// <summary>The fingerprints that are part of the library.</summary>
    public static IReadOnlyList<SpaceFingerprint> Known => known.Value;

    /// <summary>The <see cref="LatentSpace.Id"/> of the space.</summary>
    public string SpaceId { get; }

    /// <summary>The number of channels.</summary>
    public int Channels { get; }

    /// <summary>The lower triangle of the scatter, row by row.</summary>
    public IReadOnlyList<double> Scatter { get; }

    /// <summary>The number of pictures it was taken from.</summary>
    public int Pictures { get; }

    /// <summary>The fingerprint of a space, or null.</summary>
    public static SpaceFingerprint? Of(LatentSpace space) => Known.FirstOrDefault(s => s.SpaceId == space?.Id && s.Channels == space.ModelChannels);

    /// <summary>
    /// How well the differences in a latent fit: the mean log-density of their directions under the angular central Gaussian distribution (Tyler 1987), relative to all
    /// directions being alike, in nats per channel. 0 for a latent without differences.
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
                    sum -= 0.5 * Channels * Math.Log(Distance(difference) / size);
                    count++;
                }
        return count == 0 ? 0 : (sum / count - 0.5 * logDeterminant) / Channels;
    }

    /// <summary>Takes the fingerprint of difference vectors: the fixed point of Tyler's estimator, with trace C.</summary>
    public static SpaceFingerprint From(string spaceId, int channels, IReadOnlyList<float[]> differences, int pictures)
    {
        ArgumentNullException.ThrowIfNull(differences);
        const int rounds = 12;
        var scatter = new double[channels * (channels + 1) / 2];
        for (int i = 0; i < channels; i++) scatter[At(i, i)] = 1;
        for (int round = 0; round < rounds; round++)
        {
            var current = new SpaceFingerprint(spaceId, channels, scatter, pictures);
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
        return new SpaceFingerprint(spaceId, channels, scatter, pictures);
    }

    // The squared Mahalanobis distance.
    private double Distance(double[] difference)
    {
        double distance = 0;
        for (int i = 0; i < Channels; i++)
        {
            double whitened = 0;
            for (int j = 0; j <= i; j++) whitened += inverse[At(i, j)] * difference[j];
            distance += whitened * whitened;
        }
        return distance;
    }

    private static int At(int row, int column) => row * (row + 1) / 2 + column;

    private static double[] Cholesky(double[] matrix, int n)
    {
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[At(i, j)];
                for (int k = 0; k < j; k++) sum -= matrix[At(i, k)] * matrix[At(j, k)];
                if (i == j && !(sum > 0)) throw new ArgumentException("the scatter is not positive definite", nameof(matrix));
                matrix[At(i, j)] = i == j ? Math.Sqrt(sum) : sum / matrix[At(j, j)];
            }
        return matrix;
    }

    private static double[] Invert(double[] factor, int n)
    {
        var result = new double[factor.Length];
        for (int i = 0; i < n; i++)
        {
            result[At(i, i)] = 1 / factor[At(i, i)];
            for (int j = 0; j < i; j++)
            {
                double sum = 0;
                for (int k = j; k < i; k++) sum += factor[At(i, k)] * result[At(k, j)];
                result[At(i, j)] = -sum / factor[At(i, i)];
            }
        }
        return result;
    }

    private static List<SpaceFingerprint> ReadKnown()
    {
        using Stream stream = typeof(SpaceFingerprint).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"the resource {Resource} is not part of this assembly");
        using JsonDocument document = JsonDocument.Parse(stream);
        return [.. document.RootElement.EnumerateArray().Select(e => new SpaceFingerprint(e.GetProperty("space").GetString()!, e.GetProperty("channels").GetInt32(),
            [.. e.GetProperty("scatter").EnumerateArray().Select(v => v.GetDouble())], e.GetProperty("pictures").GetInt32()))];
    }
}
