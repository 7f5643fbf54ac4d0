namespace LatentSharp.Latents;

/// <summary>
/// A posterior that was saved whole: [N, 2 C, h, w], the mean in the first half of the channels and in the second its log-variance, as
/// autoencoders give it ("moments"), or its standard deviation. Both are in the autoencoder's own space.
/// </summary>
/// <param name="Mean">The mean, [N, C, h, w].</param>
/// <param name="LogVariance">The log-variance, of the same shape.</param>
/// <param name="Note">What was found, in words.</param>
internal sealed record PosteriorHalves(LatentTensor Mean, float[] LogVariance, string Note)
{
    // Autoencoders are sure of their latents: deviations below e^-1 nearly everywhere.
    private const double LargestLogVariance = -2, Nearly = 0.95;

    /// <summary>The halves; null for anything else.</summary>
    /// <param name="tensor">The values.</param>
    /// <param name="isOne">Whether it is known to be one, whatever its values.</param>
    public static PosteriorHalves? Of(LatentTensor tensor, bool isOne = false)
    {
        if (tensor.Channels % 2 != 0) return null;
        int half = tensor.Channels / 2;
        bool isKnown = LatentSpace.Known.Any(s => s.Channels == tensor.Channels);
        if (!LatentSpace.Known.Any(s => s.Channels == half)) return null;
        (float[] first, float[] second) = Split(tensor);
        bool logarithms = Share(second, v => v < LargestLogVariance) >= Nearly;
        bool deviations = !isKnown && Share(second, v => v >= 0) == 1 && Share(first, v => v >= 0) < Nearly;
        // Where there are spaces of so many channels, only numbers that no latent has say that it is none of them.
        if (!isOne && !logarithms && !deviations && isKnown || Share(first, v => v < LargestLogVariance) >= Nearly) return null;
        if (deviations && !logarithms)
            for (int i = 0; i < second.Length; i++) second[i] = 2 * MathF.Log(Math.Max(second[i], 1e-10f));
        return new PosteriorHalves(tensor with { Values = first, Channels = half }, second,
            $"{tensor.Channels} channels were taken for a posterior, {half} of its mean and {half} of its "
                + (deviations && !logarithms ? "standard deviation" : "log-variance"));
    }

    private static (float[] First, float[] Second) Split(LatentTensor tensor)
    {
        int half = tensor.Values.Length / tensor.Batch / 2;
        float[] first = new float[tensor.Values.Length / 2], second = new float[first.Length];
        for (int n = 0; n < tensor.Batch; n++)
        {
            tensor.Values.AsSpan(2 * n * half, half).CopyTo(first.AsSpan(n * half));
            tensor.Values.AsSpan((2 * n + 1) * half, half).CopyTo(second.AsSpan(n * half));
        }
        return (first, second);
    }

    private static double Share(float[] values, Func<float, bool> which) => (double)values.Count(which) / values.Length;
}
