using System.Collections.Immutable;

namespace LatentSharp.Quality.Metrics;

/// <summary>What is told of every latent file, however large it is, in one pass and without a copy.</summary>
/// <param name="NonFinite">How many values are NaN or infinite.</param>
/// <param name="Rms">The root mean square of the others; NaN when there are none.</param>
/// <param name="Constant">The channels that hold one value throughout.</param>
internal sealed record LatentMoments(long NonFinite, double Rms, ImmutableArray<int> Constant)
{
    /// <summary>Those of all pictures of a latent.</summary>
    public static LatentMoments Of(Latent latent)
    {
        long bad = 0;
        double squares = 0;
        ImmutableArray<int>.Builder constant = ImmutableArray.CreateBuilder<int>();
        for (int c = 0; c < latent.Channels; c++)
        {
            float first = latent.Plane(0, c)[0];
            bool varies = false;
            for (int image = 0; image < latent.Batch; image++)
            {
                ReadOnlySpan<float> plane = latent.Plane(image, c);
                varies |= plane.ContainsAnyExcept(first);
                foreach (float value in plane)
                {
                    if (float.IsFinite(value)) squares += (double)value * value;
                    else bad++;
                }
            }
            if (!varies) constant.Add(c);
        }
        return new LatentMoments(bad, Math.Sqrt(squares / (latent.Values.Length - bad)), constant.ToImmutable());
    }
}
