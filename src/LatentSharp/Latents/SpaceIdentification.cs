namespace LatentSharp.Latents;

/// <summary>How well a latent's values fit one space.</summary>
/// <param name="Space">The space.</param>
/// <param name="Score">How well the directions of its differences fit (see <see cref="SpaceFingerprint.Score"/>), in nats per
/// channel.</param>
/// <param name="UnscaledLead">How much better its values fit before scale and shift than after (see
/// <see cref="SpaceFingerprint.UnscaledLead"/>); null for spaces that pack positions.</param>
public sealed record SpaceScore(LatentSpace Space, double Score, double? UnscaledLead)
{
    /// <summary>A lead from which latents are taken for unscaled (see docs/mismatch.md).</summary>
    public const double UnscaledMargin = 0.05;

    /// <summary>Whether the values look as if the space's scale and shift had not been applied.</summary>
    public bool IsUnscaled => UnscaledLead >= UnscaledMargin;
}

/// <summary>Which space a latent was written in, judged by its values alone.</summary>
/// <param name="Scores">The spaces of the latent's shape, the best first.</param>
public sealed record SpaceVerdict(IReadOnlyList<SpaceScore> Scores)
{
    /// <summary>
    /// A lead over the second best from which the verdict is trusted: found on the training photographs by cross-validation (see
    /// docs/mismatch.md).
    /// </summary>
    public const double TrustedMargin = 0.025;

    /// <summary>The space that fits best.</summary>
    public LatentSpace Best => Scores[0].Space;

    /// <summary>The lead over the second best, in nats per channel; infinite when there is only one.</summary>
    public double Margin => Scores.Count > 1 ? Scores[0].Score - Scores[1].Score : double.PositiveInfinity;

    // In nats per channel. Of 56 photographs the values of latents of Stable Diffusion 3 and FLUX.1 lead by 2 and more, always for the
    // right space; those of Stable Diffusion 1.x and XL hardly differ, and lead by at most 0.18 for the wrong one.
    private const double TrustedValueLead = 1;

    /// <summary>
    /// Whether the lead is large enough to trust, or the mean and covariance of the values speak for the same space clearly, and the latent
    /// is one of a picture: noise, whose differences point everywhere alike, looks most like the space that varies most evenly.
    /// </summary>
    public bool IsTrusted => (Margin >= TrustedMargin || ValueLead >= TrustedValueLead) && !IsTooNoisy;

    /// <summary>
    /// How much better the values' mean and covariance fit the best space than the second best, in nats per channel; negative infinity
    /// where they were not compared.
    /// </summary>
    internal double ValueLead { get; init; } = double.NegativeInfinity;

    /// <summary>
    /// The standard deviation of the white noise in the values that natural latents do not have: what an unfinished sampling leaves.
    /// </summary>
    public double Noise { get; init; }

    /// <summary>Whether there is so much noise that the values say nothing about the space.</summary>
    public bool IsTooNoisy { get; init; }

    /// <summary>How well a space fits; null when it is not among those of the latent's shape with a fingerprint.</summary>
    public SpaceScore? Of(LatentSpace space) => Scores.FirstOrDefault(s => s.Space == space);
}

/// <summary>Tells the space of a latent from its values: no autoencoder is run.</summary>
public static class SpaceIdentification
{
    /// <summary>
    /// The verdict on all pictures of a latent together; null when no fingerprint has its shape, or values are no finite numbers.
    /// </summary>
    public static SpaceVerdict? Of(Latent latent) => Of(latent, SpaceFingerprint.Known);

    /// <summary>The verdict by given fingerprints.</summary>
    internal static SpaceVerdict? Of(Latent latent, IEnumerable<SpaceFingerprint> fingerprints,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(latent);
        if (!Array.TrueForAll(latent.Values, float.IsFinite)) return null;
        latent = LatentSample.Of(latent);
        NoiseLeft noise = NoiseLeft.Of(latent);
        var scores = new List<SpaceScore>();
        foreach (SpaceFingerprint fingerprint in fingerprints)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (LatentSpace.Find(fingerprint.SpaceId) is { } space && space.Channels == latent.Channels
                && space.Factor == latent.Space.Factor) scores.Add(Score(fingerprint, space, latent, noise.Sigma));
        }
        cancellationToken.ThrowIfCancellationRequested();
        if (scores.Count == 0) return null;
        SpaceScore[] sorted = [.. scores.OrderByDescending(s => s.Score)];
        return new SpaceVerdict(sorted)
        {
            Noise = noise.Sigma, IsTooNoisy = IsTooMuch(noise, latent.Channels, sorted),
            ValueLead = ValueLead(latent, sorted, fingerprints, noise.Sigma),
        };
    }

    // Values without their scale, and those of spaces that pack positions, are not held against each other.
    private static double ValueLead(Latent latent, SpaceScore[] scores, IEnumerable<SpaceFingerprint> fingerprints, double noise)
    {
        if (scores.Length < 2 || scores.Take(2).Any(s => s.Space.Patch > 1) || scores[0].IsUnscaled) return double.NegativeInfinity;
        int size = latent.Values.Length / latent.Batch;
        return Enumerable.Range(0, latent.Batch).Average(i => Fit(scores[0].Space, i) - Fit(scores[1].Space, i));

        double Fit(LatentSpace space, int i)
            => fingerprints.First(f => f.SpaceId == space.Id).ValueScore(latent.Values.AsSpan(i * size, size), noise);
    }

    // Values without their scale are larger or smaller, and their noise with them.
    private static bool IsTooMuch(NoiseLeft noise, int channels, SpaceScore[] scores)
        => noise.IsNoneOfAPicture(channels, scores[0].IsUnscaled ? scores[0].Space.ScaleOf(0) : 1);

    private static SpaceScore Score(SpaceFingerprint fingerprint, LatentSpace space, Latent latent, double noise)
    {
        int size = latent.Values.Length / latent.Batch;
        var unpacked = new float[size];
        double score = 0, unscaled = 0;
        for (int i = 0; i < latent.Batch; i++)
        {
            space.AlreadyScaled().ToModel(latent.Values.AsSpan(i * size, size), unpacked, latent.Height, latent.Width);
            score += fingerprint.Score(unpacked, latent.Height * space.Patch, latent.Width * space.Patch) / latent.Batch;
            if (space.Patch == 1) unscaled += fingerprint.UnscaledLead(unpacked, space, noise) / latent.Batch;
        }
        return new SpaceScore(space, score, space.Patch == 1 ? unscaled : null);
    }
}
