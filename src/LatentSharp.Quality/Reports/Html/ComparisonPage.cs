using System.Text;
using static LatentSharp.Quality.Metrics.Figures;
using static LatentSharp.Quality.Reports.Html.Markup;

namespace LatentSharp.Quality.Reports.Html;

/// <summary>A comparison of autoencoders as one self-contained page.</summary>
public static class ComparisonPage
{
    private static readonly string[] Keys = ["psnr", "ssim", "ms_ssim", "delta_e", "cast", "detail_loss", "detail_coherence", "grid8",
        "warp", "ringing"];

    /// <summary>The page as text.</summary>
    /// <param name="report">The comparison.</param>
    /// <param name="pictures">The names of the pictures that can be shown.</param>
    /// <param name="address">The address of a picture for the keys <c>A-P-original</c> and <c>A-P-roundtrip</c> with the indices of
    /// autoencoder and picture.</param>
    public static string Write(ComparisonReport report, IReadOnlyList<string> pictures, Func<string, string> address)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(address);
        IReadOnlyList<ComparedAutoencoder> all = report.Autoencoders;
        StringBuilder body = new();
        body.Append($"<header class=\"top\"><p class=\"eyebrow\">Autoencoders compared</p>"
            + $"<h1>{Text(string.Join(" · ", all.Select(a => a.Identity.Name)))}</h1>"
            + $"<p class=\"lead\">The same {Count(report.DataSet.Count, "picture")} through each of them.</p></header>\n<main>\n");

        body.Append("<h2>Best for</h2>\n<div class=\"tiles\">");
        foreach (Ranking r in report.Rankings)
            body.Append($"<div class=\"tile\"><span>{Text(r.Purpose)}, by {Text(r.By)}</span><b "
                + $"style=\"font-size:20px\">{Text(r.Order[0])}</b><span>{Text(string.Join(" › ", r.Order.Skip(1)))}</span></div>");
        body.Append("</div>\n<h2>Side by side</h2>\n<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th></th>");
        foreach (ComparedAutoencoder a in all) body.Append($"<th>{Text(a.Identity.Name)}<br>{Text(a.Identity.SpaceTitle)}</th>");
        body.Append("</tr></thead><tbody>\n");
        foreach (string key in Keys)
        {
            MetricDefinition m = MetricCatalogue.Find(key);
            double[] means = [.. all.Select(a => a.Mean(key))];
            if (means.All(double.IsNaN)) continue;
            string[] texts = Numbers(means);
            double best = m.HigherIsBetter == true ? means.Max() : means.Min();
            Row($"{m.Title}{(m.Unit.Length > 0 ? $", {m.Unit}" : "")}",
                all.Select((a, i) => (double.IsNaN(means[i]) ? "–" : texts[i], means[i] == best)));
        }
        double[] own = [.. all.Select(a => a.OwnDetail())];
        if (!own.Any(double.IsNaN)) Row("the original's fine detail that is left, %", own.Select(v => (Number(100 * v), v == own.Max())));
        Row("seconds for a megapixel", all.Select(a => (Number(a.SecondsPerMegapixel), a.SecondsPerMegapixel == all.Min(b => b.SecondsPerMegapixel))));
        Row("largest plan at 512×512", all.Select(a => (Bytes(a.PeakBytes), false)));
        Row("multiply-adds there and back at 512×512", all.Select(a => (F($"{(a.Cost.EncodeMultiplyAdds + a.Cost.DecodeMultiplyAdds) / 1e9:0.0} G"), false)));
        Row("latent, bits a pixel", all.Select(a => (Number(a.Cost.LatentBits), false)));
        Row("parameters", all.Select(a => (F($"{a.Identity.Parameters:N0}"), false)));
        body.Append("</tbody></table></div>\n");

        if (report.Swapped.Count > 0)
        {
            body.Append($"<h2>Encoded with one, decoded with another</h2>\n<p class=\"soft\">PSNR in dB, below it the colour cast in Lab, measured on "
                + $"{Text(report.SwappedOn)}. Pairs that speak different latent spaces are marked: this is what a mismatch does.</p>\n<div "
                    + $"class=\"scroll\"><table class=\"matrix\"><thead><tr><th>encoded with</th>");
            foreach (ComparedAutoencoder a in all) body.Append($"<th>decoded with {Text(a.Identity.Name)}</th>");
            body.Append("</tr></thead><tbody>\n");
            foreach (ComparedAutoencoder e in all)
                Row(e.Identity.Name,
                    all.Select(d =>
                        report.Swapped.FirstOrDefault(s => s.Encoder == e.Identity.Name && s.Decoder == d.Identity.Name) is { } s
                    ? ($"{Number(s.Psnr)}{(s.SameSpace ? "" : " ✗")}<br><span class=\"soft\">cast {Number(s.Cast)}</span>", e == d)
                    : ("<span class=\"soft\">shapes differ</span>", false)));
            body.Append("</tbody></table></div>\n");
        }

        body.Append("<h2>Pictures</h2>\n<p class=\"soft\">Drag across a picture: left is the original. The error map shows the colour difference at "
            + "every pixel, black for none, pale yellow for 10 dE2000 and more.</p>\n");
        for (int p = 0; p < pictures.Count; p++)
        {
            if (address($"0-{p}-original").Length == 0) continue;
            body.Append($"<h3 style=\"margin-top:22px\">{Text(pictures[p])}</h3><div class=\"shots\" style=\"--least:{(all.Count is 2 or 4 ? 480 : 320)}px\">");
            for (int a = 0; a < all.Count; a++)
                body.Append(Shot(pictures[p], all[a].Identity.Name,
                    (address($"0-{p}-original"), address($"{a}-{p}-roundtrip"), address($"{a}-{p}-error")),
                    $"<strong>{Text(all[a].Identity.Name)}</strong><span>{Number(all[a].PicturePsnr[p])} "
                        + $"dB</span><span>{Number(all[a].PictureDeltaE[p])} dE</span>"));
            body.Append("</div>\n");
        }
        body.Append($"</main>\n<footer>Measured with {Text(report.Tool.Name)} {Text(report.Tool.Version)}.</footer>");
        return Page("Autoencoders compared", body.ToString());

        void Row(string title, IEnumerable<(string Html, bool Best)> cells)
        {
            body.Append($"<tr><td>{Text(title)}</td>");
            foreach ((string html, bool isBest) in cells) body.Append($"<td{(isBest ? " class=\"best\"" : "")}>{html}</td>");
            body.Append("</tr>\n");
        }
    }
}
