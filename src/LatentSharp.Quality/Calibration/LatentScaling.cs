using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Calibration;

/// <summary>
/// The scale and shift that bring the latents of a data set to mean 0 and deviation 1: z = (m - shift) * scale with m as the encoder's
/// network gives it.
/// </summary>
/// <param name="Scale">One scale for all channels.</param>
/// <param name="Shift">One shift for all channels.</param>
/// <param name="ChannelScale">A scale for each channel.</param>
/// <param name="ChannelShift">A shift for each channel.</param>
public sealed record LatentScaling(double Scale, double Shift, IReadOnlyList<double> ChannelScale, IReadOnlyList<double> ChannelShift)
{
    /// <summary>Fits latents of one space.</summary>
    /// <exception cref="ArgumentException">There are no latents.</exception>
    public static LatentScaling Of(Autoencoder autoencoder, IReadOnlyList<Latent> latents)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        LatentStatistics s = LatentStatistics.Of(latents);
        LatentSpace space = autoencoder.ModelSpace;
        double[] mean = [.. s.Channels.Select((c, i) => c.Mean / space.ScaleOf(i) + space.ShiftOf(i))];
        double[] deviation = [.. s.Channels.Select((c, i) => c.Deviation / space.ScaleOf(i))];
        double all = mean.Average();
        double spread = Math.Sqrt(mean.Zip(deviation, (m, d) => d * d + (m - all) * (m - all)).Average());
        return new LatentScaling(1 / spread, all, [.. deviation.Select(d => d > 0 ? 1 / d : 0)], mean);
    }
}
