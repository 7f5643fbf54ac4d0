using System.Globalization;
using LatentSharp.Autoencoders.Families;

namespace LatentSharp.Autoencoders.Checks;

/// <summary>
/// Tells autoencoders apart that have the same names and shapes: the built-in probe is encoded, and its latent compared with those that it
/// has in the spaces that the tensors leave open.
/// </summary>
internal static class StatisticalEvidence
{
    // From this relative error on a latent has little in common with the one expected, and the nearest space says nothing. The embedded
    // autoencoder comes to 0.31.
    private const double Alien = 0.8;

    /// <summary>
    /// What the probe's latent says about an autoencoder's family; null when there is no encoder, or the latents of two look-alikes are not
    /// known.
    /// </summary>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static Evidence? Of(Autoencoder autoencoder, ComputeOptions? compute = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        AutoencoderFamily[] candidates = [.. autoencoder.LookAlikes.Where(f => ProbeLatents.Of(f.Space) is not null)];
        if (!autoencoder.CanEncode || candidates.Length < 2) return null;
        Latent probed = autoencoder.Encode(ProbePicture.Create(ProbeLatents.Size, ProbeLatents.Size),
            new EncodeOptions { Compute = compute }, cancellationToken: cancellationToken);
        (AutoencoderFamily Family, double Error)[] errors = [.. candidates.Select(f => (f, Error(autoencoder, probed, f.Space)))
            .OrderBy(e => e.Item2)];
        (double best, double second) = (errors[0].Error, errors[1].Error);
        string text = string.Create(CultureInfo.InvariantCulture,
            $"its latent of the built-in probe differs from that of {errors[0].Family.Space.Title} by {best:0.00} of its size, "
                + $"from that of {errors[1].Family.Space.Title} by {second:0.00}");
        return new Evidence(EvidenceSource.Statistics, errors[0].Family, text) { Confidence = best < Alien ? (second - best) / second : 0 };
    }

    // Relative distance of the probe's latent, were the autoencoder one of this space, from the one that it should be then.
    private static double Error(Autoencoder autoencoder, Latent probed, LatentSpace space)
    {
        float[] values = probed.Values;
        if (autoencoder.Family.Space != space && !autoencoder.IsScaled)
        {
            var model = new float[values.Length];
            autoencoder.Space.ToModel(values, model, probed.Height, probed.Width);
            values = new float[model.Length];
            space.ToDiffusion(model, values, probed.Height, probed.Width);
        }
        float[] expected = ProbeLatents.Of(space)!;
        double difference = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(values[i] - expected[i], 2);
            size += Math.Pow(expected[i], 2);
        }
        return Math.Sqrt(difference / size);
    }
}
