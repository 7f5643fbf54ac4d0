using System.Text.Json;
using LatentSharp.Quality.Reports;
using LatentSharp.Quality.Reports.Html;

namespace LatentSharp.Tests.Quality;

/// <summary>The report of the embedded autoencoder on drawn pictures: needs nothing but the repository.</summary>
public sealed class ReportTests
{
    private static readonly ReportPicture[] Scenes =
    [
        new("one.png", () => Pictures.Scene(64, 96, 1)), new("small.png", () => Pictures.Scene(24, 24, 2)),
        new("broken.png", () => throw new LatentSharpException(ErrorKind.BadInput, "broken.png", "the file is cut off.")),
    ];

    private static readonly Lazy<(QualityReport Report, MemoryStore Store)> First = new(() =>
    {
        MemoryStore store = new();
        return (new ReportRun(EmbeddedAutoencoder.Shared, store).Run(Scenes, []), store);
    });

    [Fact]
    public void The_schema_validates_the_report_and_refuses_others()
    {
        using JsonDocument schema = JsonDocument.Parse(ReportSchema.Text),
            report = JsonDocument.Parse(ReportSchema.Write(First.Value.Report));
        Assert.Empty(JsonSchemaCheck.Errors(schema.RootElement, report.RootElement));
        using JsonDocument other = JsonDocument.Parse("""{ "schema": "something", "extra": 1 }""");
        List<string> errors = JsonSchemaCheck.Errors(schema.RootElement, other.RootElement);
        Assert.Contains(errors, e => e.Contains("extra", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.Contains("summary", StringComparison.Ordinal));
        Assert.Throws<LatentSharpException>(() => ReportSchema.Read("""{ "schema": "something" }"""));
    }

    [Fact]
    public void What_could_not_be_used_is_listed_and_small_pictures_say_what_they_lack()
    {
        QualityReport report = First.Value.Report;
        Assert.Equal(("broken.png", "the file is cut off."), (report.DataSet.Unreadable[0].Name, report.DataSet.Unreadable[0].Reason));
        Assert.Equal(2, report.DataSet.Count);
        Assert.Contains(report.Pictures[1].LeftOut, t => t.StartsWith("MS-SSIM", StringComparison.Ordinal));
        Assert.False(report.Pictures[1].Metrics.ContainsKey("ms_ssim"));
        LatentSharpException none = Assert.Throws<LatentSharpException>(
            () => new ReportRun(EmbeddedAutoencoder.Shared, new MemoryStore()).Run([Scenes[2]], []));
        Assert.Contains("cut off", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_and_gives_the_same_report()
    {
        (QualityReport first, MemoryStore store) = First.Value;
        MemoryStore half = new();
        foreach ((string key, string json) in store.Parts.Take(store.Parts.Count / 2)) half.Write(key, json);
        QualityReport second = new ReportRun(EmbeddedAutoencoder.Shared, half).Run(Scenes, []);
        Assert.Equal(store.Parts.Count, half.Parts.Count);
        Measurement same = first.Measurement;
        Assert.Equal(ReportSchema.Write(first), ReportSchema.Write(second with { Measurement = same }));
        Assert.Equal(ReportSchema.Write(first), ReportSchema.Write(ReportSchema.Read(ReportSchema.Write(first))));
    }

    [Fact]
    public void Kept_parts_that_do_not_fit_are_computed_again()
    {
        (QualityReport first, MemoryStore whole) = First.Value;
        string[] damaged = ["null", "{}", "[]", "[null]", "", "{\"result\":null,\"latent\":null}", "{\"result\":{},\"latent\":\"AA==\"}", "<html>"];
        for (int shift = 0; shift < damaged.Length; shift += 3)
        {
            MemoryStore store = new();
            foreach ((string key, int i) in whole.Parts.Keys.Select((k, i) => (k, i)))
                store.Write(key, damaged[(i + shift) % damaged.Length]);
            QualityReport again = new ReportRun(EmbeddedAutoencoder.Shared, store).Run(Scenes, []);
            Assert.Equal(ReportSchema.Write(first), ReportSchema.Write(again with { Measurement = first.Measurement }));
        }
        // A whole part of another picture.
        MemoryStore other = new();
        string[] pictures = [.. whole.Parts.Where(p => p.Value.Contains("\"latent_height\"", StringComparison.Ordinal)).Select(p => p.Key)];
        Assert.Equal(2, pictures.Length);
        foreach ((string key, string json) in whole.Parts) other.Write(key, json);
        (other.Parts[pictures[0]], other.Parts[pictures[1]]) = (whole.Parts[pictures[1]], whole.Parts[pictures[0]]);
        QualityReport mended = new ReportRun(EmbeddedAutoencoder.Shared, other).Run(Scenes, []);
        Assert.Equal(ReportSchema.Write(first), ReportSchema.Write(mended with { Measurement = first.Measurement }));
    }

    /// <summary>
    /// Seven pictures of which one is far off: on the plain scale the interval of the mean would reach below zero and above one.
    /// </summary>
    [Fact]
    public void Intervals_stay_within_what_is_possible()
    {
        double[] errors = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 9], similarities = [0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.2],
            decibels = [-1, 1, 2, 3, 2, 1, 0];
        PictureResult Picture(int i)
            => new($"{i}", "", 8, 8,
                new Dictionary<string, double> { ["delta_e"] = errors[i], ["ssim"] = similarities[i], ["psnr"] = decibels[i] }, null, [],
                []);
        Dictionary<string, MetricSummary> summaries = Summaries.Of([.. Enumerable.Range(0, 7).Select(Picture)]).ToDictionary(s => s.Key);
        MetricSummary error = summaries["delta_e"], similarity = summaries["ssim"], fidelity = summaries["psnr"];
        Assert.True(error.Low > 0 && error.Low < error.Mean && error.Mean < error.High, $"{error}");
        Assert.True(similarity.High < 1 && similarity.Low < similarity.Mean && similarity.Mean < similarity.High, $"{similarity}");
        // Student's t for 6 degrees of freedom is 2.447; mean 8/7, deviation 1.3452 (by hand): 1.1429 -+ 1.2441.
        Assert.Equal((-0.1013, 2.3870), (Math.Round(fidelity.Low, 4), Math.Round(fidelity.High, 4)));
    }

    [Fact]
    public void The_page_is_whole_and_fetches_nothing()
    {
        (QualityReport report, MemoryStore store) = First.Value;
        string page = ReportPage.Write(report, key => store.Shown.Contains(key) ? "data:image/png;base64,AA==" : "");
        Assert.StartsWith("<!doctype html>", page, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        foreach (ReportFinding finding in report.Findings) Assert.Contains(Markup.Prose(finding.Text), page, StringComparison.Ordinal);
        Assert.DoesNotContain("`", page[..page.IndexOf("<script>", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.DoesNotContain("(s)", page, StringComparison.Ordinal);
        Assert.NotEqual("0.0.0", report.Tool.Version);
        foreach (string key in (string[])["0-original", "0-roundtrip", "0-error", "0-latent", "1-original"])
            Assert.Contains(key, store.Shown);
        Assert.Contains("one.png", page, StringComparison.Ordinal);
        Assert.Contains("the file is cut off.", page, StringComparison.Ordinal);
    }

    private sealed class MemoryStore : IReportStore
    {
        public SortedDictionary<string, string> Parts { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Shown { get; } = [];

        public string? Read(string key) => Parts.GetValueOrDefault(key);

        public void Write(string key, string json) => Parts[key] = json;

        public void WritePicture(string key, ImageTensor picture)
        {
            lock (Shown) Shown.Add(key);
        }
    }
}
