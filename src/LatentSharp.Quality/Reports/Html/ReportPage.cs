using System.Text;
using LatentSharp.Quality.Metrics;
using static LatentSharp.Quality.Metrics.Figures;
using static LatentSharp.Quality.Reports.Html.Markup;

namespace LatentSharp.Quality.Reports.Html;

/// <summary>
/// A report as one self-contained page: style, script, plots and pictures are inside, nothing is fetched. Readable on a phone, in print, in
/// light and dark.
/// </summary>
public static class ReportPage
{
    /// <summary>The page as text.</summary>
    /// <param name="report">The report.</param>
    /// <param name="address">
    /// The address of a picture, usually a <c>data:</c> URI, for the keys <c>N-original</c>, <c>N-roundtrip</c>, <c>N-error</c> and
    /// <c>N-latent</c> with N the index of the picture; an empty text where there is none.
    /// </param>
    public static string Write(QualityReport report, Func<string, string> address)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(address);
        StringBuilder body = new();
        Head(body, report);
        body.Append("<main>\n");
        Findings(body, report);
        Pictures(body, report, address);
        Fidelity(body, report);
        Experiments(body, report);
        FlatColours(body, report);
        Latents(body, report, address);
        PictureTable(body, report);
        Identity(body, report);
        body.Append("</main>\n");
        body.Append($"<footer>Measured with {Text(report.Tool.Name)} {Text(report.Tool.Version)}. The figures are in <code>report.json</code> beside "
            + $"this page; definitions of the metrics and of the document are in the project's documentation.</footer>");
        return Page($"{report.Autoencoder.Name}: quality report", body.ToString());
    }

    private static void Head(StringBuilder body, QualityReport r)
    {
        body.Append($"""
            <header class="top">
            <p class="eyebrow">Autoencoder quality report</p>
            <h1>{Text(r.Autoencoder.Name)}</h1>
            <p class="lead">{Text(r.Autoencoder.SpaceTitle)} latent space, {r.Autoencoder.Channels} channels at 1/{r.Autoencoder.Factor} of the size.
            Measured on {Count(r.DataSet.Count, "picture")} by encoding each and decoding it again.</p>
            <div class="tiles">

            """);
        Tile("psnr", "fidelity (PSNR)");
        Tile("delta_e", "mean colour error");
        Tile("ssim", "structure kept (SSIM)");
        Tile("detail_loss", "fine detail lost");
        body.Append(F($"<div class=\"tile\"><b>{r.Cost.Ratio:0.#}<small>: 1</small></b><span>smaller as 16-bit latent</span></div>"));
        body.Append(F($"<div class=\"tile\"><b>{r.Measurement.EncodeSeconds + r.Measurement.DecodeSeconds:0.0}<small>s</small></b>"
            + $"<span>round trip of a megapixel here</span></div>"));
        body.Append("</div>\n<nav><a href=\"#findings\">Findings</a><a href=\"#pictures\">Pictures</a><a href=\"#fidelity\">Figures</a><a "
            + "href=\"#experiments\">Experiments</a><a href=\"#flat\">Flat colours</a><a href=\"#latents\">Latents</a><a "
                + "href=\"#identity\">Identity</a></nav>\n</header>\n");

        void Tile(string key, string text)
        {
            if (r.Summary.FirstOrDefault(s => s.Key == key) is not { } s) return;
            string unit = MetricCatalogue.Find(key).Unit.Replace("dE2000", "dE", StringComparison.Ordinal);
            body.Append($"<div class=\"tile\"><b>{Number(s.Mean)}<small>{Text(unit)}</small></b><span>{text}</span></div>");
        }
    }

    private static void Findings(StringBuilder body, QualityReport r)
    {
        body.Append("<h2 id=\"findings\">What it does to pictures</h2>\n<ul class=\"findings\">\n");
        foreach (ReportFinding f in r.Findings)
            body.Append($"<li class=\"{Text(f.Severity)}\"><span class=\"chip\">{Text(f.Severity)}</span><strong>{Text(f.Kind)}</strong>"
                + $"<p>{Prose(f.Text)}</p>{(f.Next.Length > 0 ? $"<p class=\"next\">{Prose(f.Next)}</p>" : "")}</li>\n");
        body.Append("</ul>\n");
        if (r.Limits.Count > 0) body.Append($"<p class=\"soft\" style=\"margin-top:14px\">{string.Join(" ", r.Limits.Select(Prose))}</p>\n");
        if (r.DataSet.Unreadable.Count == 0) return;
        body.Append($"<p class=\"soft\" style=\"margin-top:14px\">{Count(r.DataSet.Unreadable.Count, "file")} could not be used: "
            + $"{string.Join("; ", r.DataSet.Unreadable.Select(u => Text($"{u.Name} ({u.Reason})")))}.</p>\n");
    }

    private static void Pictures(StringBuilder body, QualityReport r, Func<string, string> address)
    {
        body.Append("<h2 id=\"pictures\">See for yourself</h2>\n<p class=\"soft\">Drag across a picture: left is the original, right the round trip. "
            + "The error map shows the colour difference at every pixel, black for none, pale yellow for 10 dE2000 and more.</p>\n<div class=\"shots\">\n");
        for (int i = 0; i < r.Pictures.Count; i++)
        {
            PictureResult p = r.Pictures[i];
            string before = address($"{i}-original"), after = address($"{i}-roundtrip"), error = address($"{i}-error");
            if (before.Length == 0) continue;
            body.Append(Shot(p.Name, "round trip", (before, after, error),
                $"<strong>{Text(p.Name)}</strong>{Value(p, "psnr", "dB")}{Value(p, "delta_e", "dE")}{Value(p, "ssim", "SSIM")}"));
        }
        body.Append("</div>\n");

        static string Value(PictureResult p, string key, string unit)
            => p.Metrics.TryGetValue(key, out double v) ? $"<span>{Number(v)} {unit}</span>" : "";
    }

    private static void Fidelity(StringBuilder body, QualityReport r)
    {
        body.Append("<h2 id=\"fidelity\">The figures</h2>\n<p class=\"soft\">Means over the pictures with 95 % confidence intervals; a dot for each "
            + "picture.</p>\n<div class=\"scroll\"><table class=\"figures\"><thead><tr><th>metric</th><th>mean</th><th>95 % interval</th><th "
                + "class=\"dots\">pictures</th></tr></thead><tbody>\n");
        foreach (MetricSummary s in r.Summary)
        {
            MetricDefinition m = MetricCatalogue.Find(s.Key);
            double[] values = [.. r.Pictures.Where(p => p.Metrics.ContainsKey(s.Key)).Select(p => p.Metrics[s.Key])];
            string[] n = Numbers(s.Mean, s.Low, s.High);
            body.Append($"<tr><td><strong>{Text(m.Title)}</strong><span class=\"soft\">{Text(m.Meaning)}</span></td>"
                + $"<td><b>{n[0]}</b><small>{Text(m.Unit)}</small></td><td>{(s.Count > 1 ? $"{n[1]} … {n[2]}" : "–")}</td>"
                + $"<td class=\"dots\">{SvgPlot.Strip(values, s.Mean)}</td></tr>\n");
        }
        body.Append("</tbody></table></div>\n<div class=\"grid2\">\n");
        if (r.Spectrum.Frequencies.Length > 1)
            body.Append($"<div class=\"card\"><h3>Detail by size</h3><p class=\"soft\">Gain against spatial frequency: 0 dB is unchanged, below is "
                + "blur, above is invented detail. The right end is the finest detail a picture can hold.</p>"
                + $"{SvgPlot.Lines(r.Spectrum.Frequencies, r.Spectrum.GainDb, "cycles per pixel", "gain in dB", zeroLine: true)}"
                + "</div>\n");
        double[] histogram = new double[r.Pictures[0].DeltaEHistogram.Length];
        foreach (PictureResult p in r.Pictures)
            for (int i = 0; i < histogram.Length; i++) histogram[i] += p.DeltaEHistogram[i] / r.Pictures.Count;
        body.Append($"<div class=\"card\"><h3>Colour error of the pixels</h3><p class=\"soft\">Share of the pixels by CIEDE2000 difference; below 1 "
            + $"nobody sees it, above 5 anybody does.</p>{SvgPlot.Histogram(histogram, 0.25, "dE2000")}</div>\n</div>\n");
    }

    private static void Experiments(StringBuilder body, QualityReport r)
    {
        if (r.Experiments.Count == 0) return;
        body.Append("<h2 id=\"experiments\">Put to the test</h2>\n<div class=\"grid2\">\n");
        foreach (Experiment e in r.Experiments)
        {
            body.Append($"<div class=\"card\"><h3>{Text(e.Title)}</h3><p class=\"soft\">{Prose(e.Question)}</p>");
            double[] x = [.. e.Points.Select(p => p.X)];
            if (e.Points.Count > 1 && e.Points.All(p => p.Metrics.ContainsKey("psnr")))
                body.Append(SvgPlot.Lines(x, [.. e.Points.Select(p => p.Metrics["psnr"])], e.Axis, "PSNR in dB",
                    [.. e.Points.Select(p => p.Label)]));
            body.Append($"<p style=\"margin-top:10px\">{Prose(e.Answer)}</p></div>\n");
        }
        body.Append("</div>\n");
    }

    private static void FlatColours(StringBuilder body, QualityReport r)
    {
        if (r.FlatColours.Count == 0) return;
        body.Append("<h2 id=\"flat\">Flat colours</h2>\n<p class=\"soft\">A flat colour has no structure; whatever comes out is the decoder's own. "
            + "Left is what went in, right what came out on average. The figures are the colour error, and the deviation and the strongest 8- or "
                + "16-pixel pattern in levels.</p>\n<div class=\"swatches\">\n");
        foreach (FlatColour c in r.FlatColours)
            body.Append(F($"<div class=\"swatch\"><div style=\"background:linear-gradient(90deg,rgb({c.Red},{c.Green},{c.Blue}) 50%,"
                + $"rgb({c.AfterRed:0},{c.AfterGreen:0},{c.AfterBlue:0}) 50%)\"></div><p><b>{Text(c.Name)}</b>{c.ColourError:0.0} dE"
                + $"<br>dev. {c.Deviation:0.00}<br>grid {Math.Max(c.Grid8Rms, c.Grid16Rms):0.00}</p></div>\n"));
        body.Append("</div>\n");
    }

    private static void Latents(StringBuilder body, QualityReport r, Func<string, string> address)
    {
        LatentSummary z = r.Latents;
        body.Append(F($"<h2 id=\"latents\">Latents</h2>\n<p class=\"soft\">RMS {z.Rms:0.00} (1 is what diffusion models expect), "
            + $"{z.EffectiveDimensions:0.0} of {z.Channels.Count} directions carry the variance, {z.KlToUnitNormal:0.00} nats from a unit "
            + $"normal per channel.</p>\n<div class=\"grid2\">\n"));
        body.Append($"<div class=\"card\"><h3>Channels</h3><p class=\"soft\">Half of the values lie in the box, 98 % between the ends of the "
            + $"line.</p>{SvgPlot.Boxes([.. z.Channels.Select(c => c.Quantiles)])}</div>\n");
        body.Append($"<div class=\"card\"><h3>Correlation between channels</h3><p class=\"soft\">Orange moves together, blue moves oppositely.</p><div "
            + $"style=\"max-width:320px\">{SvgPlot.Matrix(z.Correlation)}</div></div>\n");
        for (int i = 0; i < r.Pictures.Count; i++)
        {
            string sheet = address($"{i}-latent");
            if (sheet.Length == 0) continue;
            body.Append($"<div class=\"card sheet\"><h3>The latent of {Text(r.Pictures[i].Name)}</h3><p class=\"soft\">One small picture for each "
                + $"channel, in reading order; grey is zero, dark blue and pale yellow three deviations of a unit normal below and above it.</p><img "
                    + $"src=\"{sheet}\" alt=\"channels of the latent\" loading=\"lazy\"></div>\n");
        }
        body.Append("</div>\n");
    }

    private static void PictureTable(StringBuilder body, QualityReport r)
    {
        string[] keys =
            [.. new[] { "psnr", "ssim", "ms_ssim", "delta_e", "cast", "detail_loss", "edge_energy", "grid8", "warp", "noise",
                "ringing" }.Where(k => r.Summary.Any(s => s.Key == k))];
        body.Append("<h2>Every picture</h2>\n<div class=\"scroll\"><table class=\"wide\"><thead><tr><th>picture</th><th>size</th>");
        foreach (string key in keys)
            body.Append($"<th title=\"{Text(MetricCatalogue.Find(key).Meaning)}\">{Text(MetricCatalogue.Find(key).Title)}</th>");
        body.Append("</tr></thead><tbody>\n");
        foreach (PictureResult p in r.Pictures)
        {
            body.Append($"<tr><td>{Text(p.Name)}</td><td>{p.Width}×{p.Height}</td>");
            foreach (string key in keys) body.Append($"<td>{(p.Metrics.TryGetValue(key, out double v) ? Number(v) : "–")}</td>");
            body.Append("</tr>\n");
        }
        body.Append("</tbody></table></div>\n");
    }

    private static void Identity(StringBuilder body, QualityReport r)
    {
        AutoencoderIdentity a = r.Autoencoder;
        Measurement m = r.Measurement;
        body.Append($"""
            <h2 id="identity">Identity</h2>
            <div class="grid2">
            <div class="card"><h3>Autoencoder</h3><dl>
            <dt>name</dt><dd>{Text(a.Name)}</dd>
            <dt>family</dt><dd>{Text(a.Family)}</dd>
            <dt>latent space</dt><dd>{Text(a.SpaceTitle)} ({Text(a.Space)})</dd>
            <dt>parameters</dt><dd>{F($"{a.Parameters:N0}")}</dd>
            <dt>weights SHA-256</dt><dd><code>{Text(a.Digest)}</code></dd>
            <dt>memory at 512×512</dt><dd>{Bytes(m.EncodePeakBytes)} to encode, {Bytes(m.DecodePeakBytes)} to decode</dd>
            </dl></div>
            <div class="card"><h3>Measurement</h3><dl>
            <dt>tool</dt><dd>{Text(r.Tool.Name)} {Text(r.Tool.Version)}</dd>
            <dt>pictures SHA-256</dt><dd><code>{Text(r.DataSet.Digest)}</code></dd>
            <dt>started</dt><dd>{Text(m.Started)}</dd>
            <dt>machine</dt><dd>{Text(m.Processor)}, {Count(m.Threads, "thread")}, {Text(m.System)}, {Text(m.Runtime)}</dd>
            <dt>seconds per megapixel</dt><dd>{F($"{m.EncodeSeconds:0.00} to encode, {m.DecodeSeconds:0.00} to decode")}</dd>
            <dt>this report took</dt><dd>{F($"{m.TotalSeconds:0} s")}</dd>
            </dl></div>
            </div>

            """);
    }
}
