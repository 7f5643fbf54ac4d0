using System.Globalization;

namespace LatentSharp.Quality.Metrics;

/// <summary>Numbers as they are written in findings and on pages.</summary>
internal static class Figures
{
    /// <summary>Interpolated text with a point as decimal separator; the values are not escaped.</summary>
    public static string F(InvariantText text) => text.Take();

    /// <summary>A number of things: <c>1 picture</c>, <c>6 pictures</c>.</summary>
    public static string Count(int number, string thing) => F($"{number} {thing}{(number == 1 ? "" : "s")}");

    /// <summary>A number with as many digits as are worth reading.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        string format = size switch
        {
            0 => "0",
            >= 100 => "0",
            >= 10 => "0.0",
            >= 0.1 => "0.00",
            >= 0.01 => "0.000",
            >= 0.001 => "0.0000",
            _ => "0.0e0"
        };
        return value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '\u2212');
    }

    /// <summary>Numbers that belong together, all with the decimals that the largest of them deserves.</summary>
    public static string[] Numbers(params ReadOnlySpan<double> values)
    {
        double largest = 0;
        foreach (double v in values)
            if (double.IsFinite(v)) largest = Math.Max(largest, Math.Abs(v));
        int decimals = largest == 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(largest)), 0, 5);
        string[] texts = new string[values.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            string text = values[i].ToString("F" + decimals, CultureInfo.InvariantCulture);
            texts[i] = text.StartsWith('-') ? text.Trim('-', '0', '.').Length == 0 ? text[1..] : "\u2212" + text[1..] : text;
        }
        return texts;
    }
}
