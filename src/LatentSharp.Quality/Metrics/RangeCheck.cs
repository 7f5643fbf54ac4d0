namespace LatentSharp.Quality.Metrics;

/// <summary>Values that no picture should hold, and values that a file will cut off.</summary>
/// <param name="NonFinite">How many values are NaN or infinite.</param>
/// <param name="Count">How many values there are.</param>
/// <param name="Outside">Share of the finite values outside [-1, 1] by more than half an 8-bit level: what clamping will change, [0,
/// 1].</param>
/// <param name="Black">Share of the values at or below the lowest level, [0, 1].</param>
/// <param name="White">Share of the values at or above the highest level, [0, 1].</param>
/// <param name="Minimum">The smallest finite value; 0 if there is none.</param>
/// <param name="Maximum">The largest finite value; 0 if there is none.</param>
public sealed record RangeCheck(long NonFinite, long Count, double Outside, double Black, double White, double Minimum, double Maximum)
{
    private const float HalfLevel = 0.5f / 127.5f;

    /// <summary>Looks at all values of all pictures of a tensor.</summary>
    public static RangeCheck Of(ImageTensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        long nonFinite = 0, outside = 0, black = 0, white = 0;
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float v in image.Values)
        {
            if (!float.IsFinite(v))
            {
                nonFinite++;
                continue;
            }
            if (v < low) low = v;
            if (v > high) high = v;
            if (v < -1 + HalfLevel) black++;
            else if (v > 1 - HalfLevel) white++;
            if (v < -1 - HalfLevel || v > 1 + HalfLevel) outside++;
        }
        double n = Math.Max(1, image.Values.Length - nonFinite);
        bool any = low <= high;
        return new RangeCheck(nonFinite, image.Values.Length, outside / n, black / n, white / n, any ? low : 0, any ? high : 0);
    }
}
