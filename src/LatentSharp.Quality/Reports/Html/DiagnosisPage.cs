using System.Text;
using LatentSharp.Quality.Findings;
using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Metrics.Figures;
using static LatentSharp.Quality.Reports.Html.Markup;

namespace LatentSharp.Quality.Reports.Html;

/// <summary>A diagnosis as one self-contained page: the picture with the places marked, the evidence as plots, and what to do.</summary>
internal static class DiagnosisPage
{
    // Levels of one step of the plot of tones.
    private const int Step = 8;

    // More rectangles than these hide the picture.
    private const int MostPlaces = 40;

    /// <summary>The page as text.</summary>
    /// <param name="diagnosis">What was found.</param>
    /// <param name="input">What it was found in.</param>
    /// <param name="title">What the picture or latent is called.</param>
    /// <param name="address">The address of a picture for the keys <c>picture</c>, <c>reference</c>, <c>error</c> and <c>latent</c>; empty for none.</param>
    public static string Write(Diagnosis diagnosis, DiagnosisInput input, string title, Func<string, string> address)
    {
        StringBuilder body = new();
        body.Append($"<header class=\"top\"><p class=\"eyebrow\">Diagnosis</p><h1>{Text(title)}</h1>");
        body.Append($"<p class=\"lead\">{Prose(diagnosis.Headline)}</p></header>\n<main>\n");
        if (input.Picture is { } picture) body.Append(Marked(picture, diagnosis, title, address("picture")));
        if (diagnosis.Findings.Count > 0)
        {
            body.Append("<h2>What was found, and what to do</h2>\n<ul class=\"findings\">");
            for (int i = 0; i < diagnosis.Findings.Count; i++) body.Append(Item(diagnosis.Findings[i], i + 1));
            body.Append("</ul>\n");
        }
        if (address("reference").Length > 0 && address("error").Length > 0)
        {
            body.Append("<h2>Beside the reference</h2>\n<p class=\"soft\">Drag across the picture: left is the reference. The error map shows "
                + "the colour difference at every pixel, black for none, pale yellow for 10 dE2000 and more.</p>\n");
            string shot = Shot(title, "picture", (address("reference"), address("picture"), address("error")), $"<strong>{Text(title)}</strong>");
            body.Append($"<div class=\"shots\">{shot}</div>\n");
        }
        body.Append(Plots(diagnosis, input));
        if (address("latent").Length > 0)
            body.Append("<h2>The latent</h2>\n<p class=\"soft\">All channels: grey is zero, dark blue and pale yellow are -3 and 3.</p>\n"
                + $"<p><img src=\"{address("latent")}\" alt=\"channels of the latent\" style=\"max-width:100%;image-rendering:pixelated\"></p>\n");
        if (diagnosis.Visible.Count > 0)
            body.Append("<h2>What is visible, and may be the scene's own</h2>\n"
                + $"<ul>{string.Concat(diagnosis.Visible.Select(t => $"<li>{Prose(t)}</li>"))}</ul>\n");
        if (diagnosis.CannotTell.Count > 0)
            body.Append($"<h2>What cannot be told</h2>\n<ul>{string.Concat(diagnosis.CannotTell.Select(t => $"<li>{Prose(t)}</li>"))}</ul>\n");
        body.Append("</main>\n");
        return Page($"Diagnosis of {title}", body.ToString());
    }

    // The rectangles lie over the picture in its own pixels, so that they stay sharp at any size.
    private static string Marked(ImageTensor picture, Diagnosis diagnosis, string title, string source)
    {
        StringBuilder marks = new();
        for (int i = 0; i < diagnosis.Findings.Count; i++)
            foreach (FindingPlace p in diagnosis.Findings[i].Places.Take(MostPlaces))
                marks.Append($"<g class=\"{diagnosis.Findings[i].Severity}\"><title>{i + 1}: {diagnosis.Findings[i].KindName}</title>"
                    + $"<rect x=\"{p.X}\" y=\"{p.Y}\" width=\"{p.Width}\" height=\"{p.Height}\" fill=\"none\" stroke=\"var(--tone)\" "
                    + "stroke-width=\"2\" vector-effect=\"non-scaling-stroke\"/></g>");
        string caption = marks.Length == 0 ? "What was found concerns the whole picture."
            : "Places are marked in the colour of the finding's severity; hold the pointer over one.";
        return $"<figure class=\"shot\"><svg viewBox=\"0 0 {picture.Width} {picture.Height}\" role=\"img\" aria-label=\"{Text(title)}\" "
            + $"style=\"display:block;width:100%;max-height:80vh\"><image href=\"{source}\" width=\"{picture.Width}\" height=\"{picture.Height}\"/>"
            + $"{marks}</svg><figcaption>{(diagnosis.Findings.Count == 0 ? "Nothing was found." : caption)}</figcaption></figure>\n";
    }

    private static string Item(Finding f, int number)
    {
        string figures = string.Join(", ", f.Figures.Select(g => $"{Text(g.Name)} {Number(g.Value)}{(g.Unit.Length > 0 ? " " + Text(g.Unit) : "")}"));
        string about = F($"{number} · origin {f.OriginName} · confidence {100 * f.Confidence:0} %");
        return $"<li class=\"{f.Severity}\"><span class=\"chip\">{f.Severity} {f.KindName}</span><span class=\"soft\">{about}</span>"
            + $"<p>{Prose(f.Evidence)}</p>{(figures.Length > 0 ? $"<p class=\"soft\">{figures}</p>" : "")}"
            + $"<p class=\"next\">{Prose(f.Next)}</p></li>";
    }

    private static string Plots(Diagnosis diagnosis, DiagnosisInput input)
    {
        if (input.Picture is null) return "";
        StringBuilder plots = new("<h2>Evidence</h2>\n<div class=\"grid2\">");
        double[] levels = [.. Enumerable.Range(0, 256 / Step).Select(i => (i + 0.5) * Step)];
        double[]? before = input.Reference is { } reference ? Tones(reference) : null;
        Card("Tones", $"Share of the pixels in steps of 8 levels{(before is null ? "" : "; the second line is the reference")}.",
            SvgPlot.Lines(levels, Tones(input.Picture), "luma, levels", "share of the pixels, %", second: before, zeroLine: true));
        if (diagnosis.Comparison?.Sharpness?.Spectrum is { } spectrum)
        {
            Card("Detail",
                "How much of the reference's detail is left, and how much of it is the reference's own (second line); 100 % is unchanged.",
                SvgPlot.Lines(spectrum.Frequencies, [.. spectrum.Gain.Select(g => 100 * Math.Clamp(g, 0, 2))], "cycles per pixel", "gain and coherence, %",
                    second: [.. spectrum.Coherence.Select(c => 100 * c)], zeroLine: true));
        }
        return plots.Append("</div>\n").ToString();

        void Card(string title, string text, string plot)
            => plots.Append($"<div class=\"card\"><h3>{Text(title)}</h3><p class=\"soft\">{Text(text)}</p>{plot}</div>");
    }

    private static double[] Tones(ImageTensor image)
    {
        double[] shares = new double[256 / Step], luma = PicturePlanes.Of(image).Luma.Values;
        foreach (double v in luma) shares[Math.Min(shares.Length - 1, (int)(v / Step))] += 100.0 / luma.Length;
        return shares;
    }
}
