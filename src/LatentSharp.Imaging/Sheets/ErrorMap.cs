using System.Globalization;
using LatentSharp.Tensors;

namespace LatentSharp.Imaging.Sheets;

/// <summary>Where two pictures differ, in levels of 255, as colours and as figures.</summary>
public sealed class ErrorMap
{
    private static readonly float[] NiceRanges = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 255];

    private readonly float[] levels;
    private readonly bool signed;

    private ErrorMap(float[] levels, int width, int height, bool signed, float? range)
    {
        (this.levels, this.signed) = (levels, signed);
        float[] magnitudes = [.. levels.Where(float.IsFinite).Select(Math.Abs)];
        Mean = magnitudes.Length == 0 ? 0 : magnitudes.Average(v => (double)v);
        Percentile99 = magnitudes.Length == 0 ? 0 : Ranked(magnitudes, (int)(0.99 * (magnitudes.Length - 1)));
        Largest = magnitudes.Length == 0 ? 0 : magnitudes.Max();
        Range = range ?? NiceRanges.First(r => r >= Math.Min(Percentile99, 255));
        Map = Draw(width, height);
    }

    /// <summary>The colours, one for each pixel, without legend.</summary>
    public ImageTensor Map { get; }

    /// <summary>The error in levels that the last colour of the scale stands for; larger ones show the same colour.</summary>
    public float Range { get; }

    /// <summary>The mean magnitude in levels.</summary>
    public double Mean { get; }

    /// <summary>99 % of all pixels have a magnitude of at most this many levels.</summary>
    public double Percentile99 { get; }

    /// <summary>The largest magnitude in levels.</summary>
    public double Largest { get; }

    /// <summary>The mean absolute difference of red, green and blue at each pixel.</summary>
    /// <param name="reference">Batch 1; values are clamped to [-1, 1] as they are when shown.</param>
    /// <param name="result">As large as <paramref name="reference"/>.</param>
    /// <param name="range">The error in levels of the last colour; null: the smallest round number that 99 % of the pixels stay
    /// below.</param>
    /// <exception cref="ArgumentException">The pictures differ in size or hold several pictures.</exception>
    public static ErrorMap Absolute(ImageTensor reference, ImageTensor result, float? range = null)
        => Between(reference, result, signed: false, range);

    /// <summary>
    /// The difference in luma (0.2126 R + 0.7152 G + 0.0722 B of the encoded values): positive where <paramref name="result"/> is brighter.
    /// </summary>
    /// <inheritdoc cref="Absolute"/>
    public static ErrorMap Signed(ImageTensor reference, ImageTensor result, float? range = null)
        => Between(reference, result, signed: true, range);

    /// <summary>The upper left corner of the square whose mean magnitude is largest: where to look first.</summary>
    /// <param name="size">The side of the square in pixels; cut to the picture's sides.</param>
    public (int X, int Y) WorstSquare(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        int width = Map.Width, height = Map.Height, w = Math.Min(size, width), h = Math.Min(size, height), stride = width + 1;
        var sums = new double[stride * (height + 1)]; // sums[y, x]: the magnitudes above and to the left
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                float level = levels[y * width + x];
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + sums[(y + 1) * stride + x] - sums[y * stride + x]
                    + (float.IsFinite(level) ? Math.Abs(level) : 255);
            }
        (double Sum, int X, int Y) worst = (-1, 0, 0);
        for (int y = 0; y + h <= height; y++)
            for (int x = 0; x + w <= width; x++)
            {
                double sum = sums[(y + h) * stride + x + w] - sums[y * stride + x + w] - sums[(y + h) * stride + x] + sums[y * stride + x];
                if (sum > worst.Sum + 1e-6) worst = (sum, x, y);
            }
        return (worst.X, worst.Y);
    }

    /// <summary>The map under a title, above its colour scale and figures.</summary>
    /// <param name="title">Null for a title that says what is shown.</param>
    public ImageTensor Render(string? title = null)
    {
        int zoom = SheetStyle.Zoom(Map.Width, Map.Height, 320), width = Math.Max(Map.Width * zoom, 320);
        SheetStyle style = SheetStyle.For(width);
        int gap = style.Gap, head = style.Pixels(30), bar = style.Pixels(10), below = head + Map.Height * zoom + gap;
        var canvas = new Canvas(width + 2 * gap, below + bar + style.Pixels(48), SheetStyle.Ground);
        title ??= signed ? "Difference in brightness" : "Absolute error";
        canvas.Text(StrokeFont.Fit(title, style.Unit, width), gap + style.Unit, style.Pixels(20), style.Unit, SheetStyle.Strong);
        canvas.Paste(Map, gap, head, zoom);
        for (int x = 0; x < width; x++) canvas.Fill(gap + x, below, 1, bar, Scale[x / (width - 1f)]);
        float small = style.Unit * 0.8f, baseline = below + bar + style.Pixels(16);
        string[] ticks = signed ? [$"−{Number(Range)} darker", "0", $"brighter +{Number(Range)}"]
            : ["0", Number(Range / 2), $"{Number(Range)} levels of 255" + (Largest > Range ? " and more" : "")];
        for (int i = 0; i < ticks.Length; i++)
            canvas.Text(ticks[i], gap + (width - StrokeFont.Width(ticks[i], small)) * i / 2f, baseline, small, SheetStyle.Strong);
        string figures = string.Create(CultureInfo.InvariantCulture, $"mean {Mean:0.00} · 99 % within {Percentile99:0.0} · largest {Largest:0.0}");
        canvas.Text(StrokeFont.Fit(figures, small, width), gap, baseline + style.Pixels(18), small, SheetStyle.Weak);
        return canvas.Image;
    }

    private ColourScale Scale => signed ? ColourScale.Difference : ColourScale.Heat;

    private static ErrorMap Between(ImageTensor reference, ImageTensor result, bool signed, float? range)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(result);
        if (reference.Batch != 1 || result.Batch != 1)
            throw new ArgumentException("an error map compares two single pictures; use ImageTensor.Slice", nameof(reference));
        if (reference.Width != result.Width || reference.Height != result.Height)
            throw new ArgumentException(
                $"the pictures differ in size: {reference.Width} x {reference.Height} and {result.Width} x {result.Height}", nameof(result));
        if (range is <= 0) throw new ArgumentOutOfRangeException(nameof(range), range, "the range has to be positive");
        var levels = new float[reference.Width * reference.Height];
        ReadOnlySpan<float> weights = signed ? [0.2126f, 0.7152f, 0.0722f] : [1 / 3f, 1 / 3f, 1 / 3f];
        for (int c = 0; c < 3; c++)
        {
            ReadOnlySpan<float> a = reference.Plane(0, c), b = result.Plane(0, c);
            for (int i = 0; i < levels.Length; i++)
            {
                float difference = (Math.Clamp(b[i], -1f, 1f) - Math.Clamp(a[i], -1f, 1f)) * 127.5f * weights[c];
                levels[i] += signed ? difference : Math.Abs(difference);
            }
        }
        return new ErrorMap(levels, reference.Width, reference.Height, signed, range);
    }

    private ImageTensor Draw(int width, int height)
    {
        var canvas = new Canvas(width, height, SheetStyle.Ground);
        Parallel.For(0, height, y =>
        {
            for (int x = 0; x < width; x++)
            {
                float part = levels[y * width + x] / Range;
                canvas.Set(x, y, Scale[signed ? 0.5f + 0.5f * part : part]);
            }
        });
        return canvas.Image;
    }

    // Magnitudes are in the order of their bits: the upper half of those of the one sought is found by counting, then the lower half. To
    // sort those of a large picture takes a second.
    private static float Ranked(float[] magnitudes, int rank)
    {
        const int Half = 16;
        int upper = 0, left = rank;
        for (int shift = Half; shift >= 0; shift -= Half)
        {
            var counts = new int[1 << Half];
            foreach (float magnitude in magnitudes)
            {
                int bits = BitConverter.SingleToInt32Bits(magnitude);
                if (shift == Half || bits >> Half == upper) counts[bits >> shift & 0xffff]++;
            }
            int at = 0;
            while (left >= counts[at]) left -= counts[at++];
            upper = upper << Half | at;
        }
        return BitConverter.Int32BitsToSingle(upper);
    }

    private static string Number(float value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
