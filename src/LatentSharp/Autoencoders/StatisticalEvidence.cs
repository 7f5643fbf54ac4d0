using LatentSharp.Latents;

namespace LatentSharp.Autoencoders;

/// <summary>
/// Tells autoencoders apart that have the same names and shapes: the built-in probe is encoded, and the latent is compared with the fingerprints of the spaces
/// of the families that the tensors leave open.
/// </summary>
public static class StatisticalEvidence
{
    private const int ProbeSize = 128;

    /// <summary>What the statistics say about an autoencoder's family; null when there is no encoder, or no fingerprints for two look-alikes.</summary>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static Evidence? Of(Autoencoder autoencoder, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        AutoencoderFamily[] candidates = [.. autoencoder.LookAlikes.Where(f => SpaceFingerprint.Of(f.Space) is not null)];
        if (!autoencoder.CanEncode || candidates.Length < 2) return null;
        Latent probed = autoencoder.Encode(ProbePicture.Create(ProbeSize, ProbeSize), cancel: cancel);
        var model = new float[probed.Values.Length];
        autoencoder.Space.AlreadyScaled().ToModel(probed.Values, model, probed.Height, probed.Width);
        int height = probed.Height * autoencoder.Space.Patch, width = probed.Width * autoencoder.Space.Patch;
        // Scale and shift, which the hypotheses do not share, do not change the score.
        (AutoencoderFamily Family, double Score)[] scores = [.. candidates.Select(f => (f, SpaceFingerprint.Of(f.Space)!.Score(model, height, width))).OrderByDescending(s => s.Item2)];
        double lead = scores[0].Score - scores[1].Score;
        string text = FormattableString.Invariant($"latents of the built-in probe vary like those of {scores[0].Family.Space.Title}, by {lead:0.00} nats per channel more than like {scores[1].Family.Space.Title}");
        return new Evidence(EvidenceSource.Statistics, scores[0].Family, text) { Confidence = lead / (lead + SpaceVerdict.TrustedMargin) };
    }
}
