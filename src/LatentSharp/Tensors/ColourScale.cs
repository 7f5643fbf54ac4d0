namespace LatentSharp.Tensors;

/// <summary>
/// Numbers as colours whose lightness rises evenly (in Oklab), so that equal steps look equal and a grey print still reads.
/// </summary>
internal sealed class ColourScale
{
    /// <summary>The colour of values that are not finite.</summary>
    public static readonly Rgb NotFinite = Rgb.Hex(0xFF00FF);

    private readonly Rgb[] colours;

    private ColourScale(Func<double, Rgb> colour) => colours = [.. Enumerable.Range(0, 512).Select(i => colour(i / 511.0))];

    /// <summary>For magnitudes: near black, violet, red, orange, pale yellow.</summary>
    public static ColourScale Heat { get; } =
        new(t => Rgb.Oklch(0.16 + 0.81 * t, 0.05 + 0.17 * Math.Sin(Math.PI * Math.Pow(t, 0.85)), 285 + 175 * Math.Pow(t, 0.8)));

    /// <summary>For signed values with lightness rising throughout: deep blue, neutral grey at zero, warm pale yellow.</summary>
    public static ColourScale Tone { get; } =
        new(t => Rgb.Oklch(0.21 + 0.71 * t, 0.14 * Math.Pow(Math.Abs(2 * t - 1), 1.2), t < 0.5 ? 262 : 82));

    /// <summary>For signed differences: cyan-blue below zero, the ground's near black at zero, orange-red above.</summary>
    public static ColourScale Difference { get; } =
        new(t => Rgb.Oklch(0.20 + 0.62 * Math.Abs(2 * t - 1), 0.19 * Math.Pow(Math.Abs(2 * t - 1), 0.7), t < 0.5 ? 235 : 45));

    /// <summary>The colour of <paramref name="t"/> in [0, 1]; NaN is shown in the alarm colour.</summary>
    public Rgb this[float t] => float.IsNaN(t) ? NotFinite : colours[(int)(Math.Clamp(t, 0f, 1f) * (colours.Length - 1) + 0.5f)];
}
