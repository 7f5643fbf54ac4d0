using System.Text;
using static LatentSharp.Quality.Metrics.Figures;
using static LatentSharp.Quality.Reports.Html.Markup;

namespace LatentSharp.Quality.Reports.Html;

/// <summary>A measurement in the course of a training.</summary>
/// <param name="Step">After which step.</param>
/// <param name="Loss">The mean loss since the one before, or null.</param>
/// <param name="Psnr">dB.</param>
/// <param name="Ssim">On luma.</param>
/// <param name="DeltaE">CIEDE2000.</param>
/// <param name="IsBest">Whether it was the best so far.</param>
internal sealed record TuningPoint(long Step, double? Loss, double Psnr, double Ssim, double DeltaE, bool IsBest);

/// <summary>A picture that was held back, as addresses of pictures.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Original">The picture.</param>
/// <param name="Before">What became of it before the training.</param>
/// <param name="BeforeError">The error of that.</param>
/// <param name="Now">What becomes of it now.</param>
/// <param name="NowError">The error of that.</param>
internal sealed record TuningShot(string Name, string Original, string Before, string BeforeError, string Now, string NowError);

/// <summary>The course of a training as one self-contained page.</summary>
/// <param name="name">The autoencoder.</param>
/// <param name="recipe">What is trained, and how.</param>
internal sealed class TuningPage(string name, string recipe)
{
    /// <summary>The page as text.</summary>
    /// <param name="course">What was measured, the first before the first step.</param>
    /// <param name="shots">Pictures that were held back.</param>
    public string Write(IReadOnlyList<TuningPoint> course, IReadOnlyList<TuningShot> shots)
    {
        TuningPoint first = course[0], last = course[^1], best = course.LastOrDefault(p => p.IsBest) ?? first;
        StringBuilder body = new($"<header class=\"top\"><p class=\"eyebrow\">Training</p><h1>{Text(name)}</h1>"
            + $"<p class=\"lead\">{Text(recipe)}; after {Count((int)last.Step, "step")}.</p></header>\n<main>\n<div class=\"tiles\">");
        Tile("PSNR held back", F($"{best.Psnr:0.00}"), F($"dB, {best.Psnr - first.Psnr:+0.00;-0.00;0.00}"));
        Tile("SSIM held back", F($"{best.Ssim:0.0000}"), F($"{best.Ssim - first.Ssim:+0.0000;-0.0000;0.0000}"));
        Tile("colour error held back", F($"{best.DeltaE:0.00}"), F($"dE2000, {best.DeltaE - first.DeltaE:+0.00;-0.00;0.00}"));
        Tile("best so far", F($"{best.Step}"), "step");
        body.Append("</div>\n<h2>Course</h2>\n<p class=\"soft\">Pictures that are held back are measured with the running mean of the weights. The loss "
            + "is the mean of the steps since the measurement before, in per cent of the first.</p>\n<div class=\"grid2\">\n");
        TuningPoint[] steps = [.. course.Where(p => p.Loss is not null)];
        if (steps.Length > 0) Card("Loss", "loss, % of the first", steps, p => 100 * p.Loss!.Value / steps[0].Loss!.Value);
        Card("PSNR", "PSNR, dB", course, p => p.Psnr);
        Card("SSIM", "SSIM, %", course, p => 100 * p.Ssim);
        Card("Colour error", "mean CIEDE2000", course, p => p.DeltaE);
        body.Append("</div>\n<h2>Pictures held back</h2>\n<p class=\"soft\">Drag across a picture: left is the original. The error map shows the colour "
            + "difference at every pixel, black for none, pale yellow for 10 dE2000 and more.</p>\n");
        foreach (TuningShot s in shots)
            body.Append($"<h3 style=\"margin-top:22px\">{Text(s.Name)}</h3><div class=\"shots\" style=\"--least:320px\">"
                + Shot(s.Name, "before", (s.Original, s.Before, s.BeforeError), "<strong>before</strong>")
                + Shot(s.Name, "trained", (s.Original, s.Now, s.NowError), F($"<strong>after step {last.Step}</strong>")) + "</div>\n");
        body.Append("</main>\n");
        return Page($"Training of {name}", body.ToString());

        void Tile(string title, string value, string unit) => body.Append($"<div class=\"tile\"><span>{title}</span><b>{value}<small>{unit}</small></b></div>");

        void Card(string title, string axis, IReadOnlyList<TuningPoint> points, Func<TuningPoint, double> value)
            => body.Append($"<div class=\"card\"><h3>{title}</h3>"
                + SvgPlot.Lines([.. points.Select(p => (double)p.Step)], [.. points.Select(value)], "step", axis) + "</div>\n");
    }
}
