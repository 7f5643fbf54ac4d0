using System.Text;
using static LatentSharp.Quality.Metrics.Figures;
using static LatentSharp.Quality.Reports.Html.Markup;

namespace LatentSharp.Quality.Reports.Html;

/// <summary>Hand-drawn plots: one SVG element each, coloured by the page's style sheet.</summary>
internal static class SvgPlot
{
    private const double LeastSpan = 0.5;

    private const int Width = 460, Height = 240, Left = 46, Right = 26, Top = 26, Bottom = 38;

    /// <summary>One or two lines over a common axis.</summary>
    public static string Lines(double[] x, double[] y, string xTitle, string yTitle, string[]? xLabels = null, double[]? second = null,
        bool zeroLine = false)
    {
        IEnumerable<double> all = second is null ? y : y.Concat(second);
        double lowest = zeroLine ? Math.Min(0, all.Min()) : all.Min(), highest = zeroLine ? Math.Max(0, all.Max()) : all.Max();
        // Differences that nobody could see must not fill the plot.
        if (highest - lowest < LeastSpan) (lowest, highest) = ((lowest + highest - LeastSpan) / 2, (lowest + highest + LeastSpan) / 2);
        (double low, double high, double step) = Nice(lowest, highest);
        double first = x.Min(), last = Math.Max(x.Max(), first + 1e-9);
        StringBuilder svg = Open(yTitle + " against " + xTitle);
        for (double v = low; v <= high + step / 2; v += step)
            svg.Append(F($"<line class=\"{(Math.Abs(v) < step / 1e6 ? "zero" : "axis")}\" x1=\"{Left}\" x2=\"{Width - Right}\" "
                + $"y1=\"{Y(v):0.0}\" y2=\"{Y(v):0.0}\"/>"
                + $"<text x=\"{Left - 7}\" y=\"{Y(v) + 4:0.0}\" text-anchor=\"end\">{Tick(v, step)}</text>"));
        if (xLabels is null)
        {
            (double xl, _, double xs) = Nice(first, last);
            for (double v = Math.Ceiling(first / xs - 1e-9) * xs; v <= last + xs * 1e-6; v += xs)
                svg.Append(F($"<text x=\"{X(v):0.0}\" y=\"{Height - Bottom + 17}\" text-anchor=\"middle\">{Tick(v, xs)}</text>"));
        }
        else
        {
            double free = double.NegativeInfinity;
            for (int i = 0; i < x.Length; i++)
            {
                double half = 3.2 * xLabels[i].Length;
                if (X(x[i]) - half < free + 4) continue;
                free = X(x[i]) + half;
                svg.Append(F($"<text x=\"{Math.Min(X(x[i]), Width - half):0.0}\" y=\"{Height - Bottom + 17}\" "
                    + $"text-anchor=\"middle\">{Text(xLabels[i])}</text>"));
            }
        }
        svg.Append(F($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 4}\" text-anchor=\"middle\">{Text(xTitle)}</text>"
            + $"<text x=\"4\" y=\"11\">{Text(yTitle)}</text>"));
        Path(y, "");
        if (second is not null) Path(second, " b");
        return svg.Append("</svg>").ToString();

        double X(double v) => Left + 6 + (v - first) / (last - first) * (Width - Left - Right - 12);
        double Y(double v) => Top + (high - v) / (high - low) * (Height - Top - Bottom);
        void Path(double[] values, string mark)
        {
            svg.Append(F($"<path class=\"line{mark}\" d=\""));
            for (int i = 0; i < x.Length; i++) svg.Append(F($"{(i == 0 ? 'M' : 'L')}{X(x[i]):0.0} {Y(values[i]):0.0}"));
            svg.Append("\"/>");
            if (x.Length > 16) return;
            for (int i = 0; i < x.Length; i++)
                svg.Append(F($"<circle class=\"dot{mark}\" cx=\"{X(x[i]):0.0}\" cy=\"{Y(values[i]):0.0}\" r=\"3.4\">"
                    + $"<title>{Text(xLabels?[i] ?? Number(x[i]))}: {Number(values[i])}</title></circle>"));
        }
    }

    /// <summary>Columns for shares of a whole.</summary>
    public static string Histogram(double[] shares, double binWidth, string xTitle)
    {
        // The last bar holds all that lies beyond: where it would dwarf the others it is cut off and says how much it is.
        double top = Math.Max(shares.Length > 1 ? shares[..^1].Max() : shares[0], 1e-9),
            step = (Width - Left - Right) / (double)shares.Length;
        StringBuilder svg = Open("histogram of " + xTitle);
        svg.Append(F($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>"));
        for (int i = 0; i < shares.Length; i++)
        {
            double height = Math.Min(1, shares[i] / top) * (Height - Top - Bottom);
            svg.Append(F($"<rect class=\"bar\" x=\"{Left + i * step + 0.5:0.0}\" y=\"{Height - Bottom - height:0.0}\" "
                + $"width=\"{step - 1:0.0}\" height=\"{height:0.0}\"><title>{i * binWidth:0.##} to {(i + 1) * binWidth:0.##}: "
                + $"{100 * shares[i]:0.0} %</title></rect>"));
            if (shares[i] > top) svg.Append(F($"<text x=\"{Width - Right}\" y=\"{Top - 4}\" text-anchor=\"end\">{100 * shares[i]:0} % ↑</text>"));
            if (i % 8 == 0) svg.Append(F($"<text x=\"{Left + i * step:0.0}\" y=\"{Height - Bottom + 17}\" text-anchor=\"middle\">{i * binWidth:0.##}</text>"));
        }
        svg.Append(F($"<text x=\"{Width - Right}\" y=\"{Height - Bottom + 17}\" text-anchor=\"middle\">{(shares.Length - 1) * binWidth:0.#}+</text>"));
        svg.Append(F($"<text x=\"{Left - 7}\" y=\"{Top + 8}\" text-anchor=\"end\">{100 * top:0} %</text>"));
        svg.Append(F($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 4}\" text-anchor=\"middle\">{Text(xTitle)}</text></svg>"));
        return svg.ToString();
    }

    /// <summary>For each channel a box from the 25th to the 75th percentile with whiskers to the 1st and 99th.</summary>
    public static string Boxes(IReadOnlyList<double[]> quantiles)
    {
        (double low, double high, double step) = Nice(quantiles.Min(q => q[0]), quantiles.Max(q => q[^1]));
        double slot = (Width - Left - Right) / (double)quantiles.Count;
        StringBuilder svg = Open("quantiles of the latent channels");
        for (double v = low; v <= high + step / 2; v += step)
            svg.Append(F($"<line class=\"{(Math.Abs(v) < step / 1e6 ? "zero" : "axis")}\" x1=\"{Left}\" x2=\"{Width - Right}\" "
                + $"y1=\"{Y(v):0.0}\" y2=\"{Y(v):0.0}\"/>"
                + $"<text x=\"{Left - 7}\" y=\"{Y(v) + 4:0.0}\" text-anchor=\"end\">{Tick(v, step)}</text>"));
        for (int c = 0; c < quantiles.Count; c++)
        {
            double[] q = quantiles[c];
            double middle = Left + (c + 0.5) * slot, half = Math.Min(9, slot * 0.32);
            svg.Append(F($"<line stroke=\"var(--accent)\" x1=\"{middle:0.0}\" x2=\"{middle:0.0}\" y1=\"{Y(q[^1]):0.0}\" y2=\"{Y(q[0]):0.0}\"/>"));
            svg.Append(F($"<rect class=\"bar\" x=\"{middle - half:0.0}\" width=\"{2 * half:0.0}\" y=\"{Y(q[4]):0.0}\" "
                + $"height=\"{Math.Max(0.5, Y(q[2]) - Y(q[4])):0.0}\" rx=\"2\"><title>channel {c}: median {q[3]:0.00}</title></rect>"));
            svg.Append(F($"<line stroke=\"var(--card)\" stroke-width=\"2\" x1=\"{middle - half:0.0}\" x2=\"{middle + half:0.0}\" "
                + $"y1=\"{Y(q[3]):0.0}\" y2=\"{Y(q[3]):0.0}\"/>"));
            svg.Append(F($"<text x=\"{middle:0.0}\" y=\"{Height - Bottom + 17}\" text-anchor=\"middle\">{c}</text>"));
        }
        svg.Append(F($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 4}\" text-anchor=\"middle\">channel</text></svg>"));
        return svg.ToString();

        double Y(double v) => Top + (high - v) / (high - low) * (Height - Top - Bottom);
    }

    /// <summary>A correlation matrix, row-major, in two colours.</summary>
    public static string Matrix(double[] correlation)
    {
        int n = (int)Math.Round(Math.Sqrt(correlation.Length));
        double cell = 400.0 / n;
        StringBuilder svg = new("<svg viewBox=\"0 0 400 400\" role=\"img\" aria-label=\"correlation between channels\">");
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
            {
                double v = correlation[i * n + j];
                svg.Append(F($"<rect x=\"{j * cell:0.0}\" y=\"{i * cell:0.0}\" width=\"{cell:0.0}\" height=\"{cell:0.0}\" "
                    + $"fill=\"{(v >= 0 ? "var(--accent)" : "var(--blue)")}\" fill-opacity=\"{Math.Min(1, Math.Abs(v)):0.00}\">"
                    + $"<title>{i}, {j}: {v:0.00}</title></rect>"));
            }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>One dot for each picture on a common scale, and the mean.</summary>
    public static string Strip(IReadOnlyList<double> values, double mean)
    {
        double low = values.Min(), high = values.Max(), span = Math.Max(high - low, 1e-12);
        StringBuilder svg =
            new("<svg viewBox=\"0 0 160 18\" style=\"width:160px\" role=\"img\" aria-label=\"one dot for each picture\"><line class=\"axis\" x1=\"4\" "
                + "x2=\"156\" y1=\"9\" y2=\"9\"/>");
        foreach (double v in values) svg.Append(F($"<circle class=\"dot\" opacity=\".45\" cx=\"{6 + 148 * (v - low) / span:0.0}\" cy=\"9\" r=\"3\"/>"));
        return svg.Append(
            F($"<line stroke=\"var(--ink)\" stroke-width=\"2\" x1=\"{6 + 148 * (mean - low) / span:0.0}\" "
                + $"x2=\"{6 + 148 * (mean - low) / span:0.0}\" y1=\"2\" y2=\"16\"/></svg>"))
            .ToString();
    }

    private static StringBuilder Open(string label) => new($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(label)}\">");

    // Steps of 1, 2 or 5 times a power of ten, about five of them.
    private static (double Low, double High, double Step) Nice(double low, double high)
    {
        if (high - low < 1e-9) (low, high) = (low - 0.5, high + 0.5);
        double raw = (high - low) / 4, power = Math.Pow(10, Math.Floor(Math.Log10(raw))), m = raw / power;
        double step = (m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10) * power;
        return (Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, step);
    }

    private static string Tick(double v, double step)
    {
        if (Math.Abs(v) < step / 1e6) return "0";
        int digits = Math.Clamp(-(int)Math.Floor(Math.Log10(step) + 1e-9), 0, 6);
        return v.ToString("F" + digits, System.Globalization.CultureInfo.InvariantCulture).Replace('-', '\u2212');
    }
}
