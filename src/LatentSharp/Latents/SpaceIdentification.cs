namespace LatentSharp.Latents;

/// <summary>How well a latent's values fit one space.</summary>
/// <param name="Space">The space.</param>
/// <param name="Score">How well it fits (see <see cref="SpaceFingerprint.Score"/>), in nats per channel.</param>
public sealed record SpaceScore(LatentSpace Space, double Score);

/// <summary>Which space a latent was written in, judged by its values alone.</summary>
/// <param name="Scores">The spaces of the latent's shape, the best first.</param>
public sealed record SpaceVerdict(IReadOnlyList<SpaceScore> Scores)
{
    /// <summary>A lead over the second best from which the verdict is trusted: on photographs right verdicts led by 0.016 and more, and there were no wrong ones (see docs/mismatch.md).</summary>
    public const double TrustedMargin = 0.01;

    /// <summary>The space that fits best.</summary>
    public LatentSpace Best => Scores[0].Space;

    /// <summary>The lead over the second best, in nats per channel; infinite when there is only one.</summary>
    public double Margin => Scores.Count > 1 ? Scores[0].Score - Scores[1].Score : double.PositiveInfinity;

    /// <summary>Whether the lead is large enough to trust.</summary>
    public bool IsTrusted => Margin >= TrustedMargin;
}

/// <summary>Tells the space of a latent from its values: no autoencoder is run.</summary>
public static class SpaceIdentification
{
    /// <summary>The verdict on all pictures of a latent together; null when no fingerprint has its shape.</summary>
    public static SpaceVerdict? Of(Latent latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        var scores = new List<SpaceScore>();
        foreach (SpaceFingerprint fingerprint in SpaceFingerprint.Known)
            if (LatentSpace.Find(fingerprint.SpaceId) is { } space && space.Channels == latent.Channels && space.Factor == latent.Space.Factor) scores.Add(new SpaceScore(space, Score(fingerprint, space, latent)));
        return scores.Count == 0 ? null : new SpaceVerdict([.. scores.OrderByDescending(s => s.Score)]);
    }

    private static double Score(SpaceFingerprint fingerprint, LatentSpace space, Latent latent)
    {
        int size = latent.Values.Length / latent.Batch;
        var unpacked = new float[size];
        double sum = 0;
        for (int i = 0; i < latent.Batch; i++)
        {
            space.AlreadyScaled().ToModel(latent.Values.AsSpan(i * size, size), unpacked, latent.Height, latent.Width);
            sum += fingerprint.Score(unpacked, latent.Height * space.Patch, latent.Width * space.Patch);
        }
        return sum / latent.Batch;
    }
}
