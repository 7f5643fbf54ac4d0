using System.Text.Json;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Tests.Quality;

/// <summary>
/// The metrics against values computed independently in float64 (golden/metrics: definitions in its README, tolerances in metrics.json) and
/// against the 34 pairs published by Sharma, Wu and Dalal.
/// </summary>
public sealed class GoldenMetricsTests
{
    public static TheoryData<string> PairNames
        => ["identical", "blur", "colorshift", "noise", "brightness", "contrast", "jpeg", "warp", "inverted", "onepixel", "black"];

    [Theory]
    [MemberData(nameof(PairNames))]
    public void Metrics_agree_with_the_reference_values(string name)
    {
        string folder = Shared.Path("golden/metrics");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "metrics.json")));
        JsonElement tolerances = json.RootElement.GetProperty("tolerances");
        double db = tolerances.GetProperty("psnr_abs_db").GetDouble(), ssim = tolerances.GetProperty("ssim_abs").GetDouble();
        double msssim = tolerances.GetProperty("msssim_abs").GetDouble(), deltaE = tolerances.GetProperty("delta_e_abs").GetDouble();
        JsonElement pair = json.RootElement.GetProperty("pairs").EnumerateArray().Single(p => p.GetProperty("name").GetString() == name);
        PicturePlanes a = Pictures.Planes(Path.Combine(folder, pair.GetProperty("a").GetString()!));
        PicturePlanes b = Pictures.Planes(Path.Combine(folder, pair.GetProperty("b").GetString()!));

        Expect("psnr_rgb_db", Psnr.Rgb(a, b), db);
        Expect("psnr_luma_db", Psnr.Luma(a, b), db);
        Expect("mse_rgb", Psnr.MeanSquaredError(a, b), 1e-6);
        Expect("mae_rgb", Psnr.MeanAbsoluteError(a, b), 1e-6);
        Expect("ssim_luma", Ssim.Luma(a, b), ssim);
        Expect("ssim_rgb_mean", Ssim.Rgb(a, b), ssim);
        Expect("msssim_luma", Ssim.MultiScaleLuma(a, b), msssim);
        Expect("msssim_rgb_mean", Ssim.MultiScaleRgb(a, b), msssim);
        double[] scales = Ssim.Scales(a.Luma, b.Luma);
        for (int i = 0; i < 5; i++) Assert.Equal(pair.GetProperty("msssim_luma_scales")[i].GetDouble(), scales[i], msssim);
        Distribution difference = Distribution.Of(Ciede2000.Map(a, b).Values);
        Expect("delta_e2000_mean", difference.Mean, deltaE);
        Expect("delta_e2000_median", difference.Median, deltaE);
        Expect("delta_e2000_p95", difference.P95, deltaE);
        Expect("delta_e2000_max", difference.Maximum, deltaE);

        void Expect(string key, double actual, double tolerance)
        {
            JsonElement expected = pair.GetProperty(key);
            if (expected.ValueKind == JsonValueKind.Null) Assert.Equal(double.PositiveInfinity, actual);
            else Assert.True(Math.Abs(expected.GetDouble() - actual) <= tolerance,
                $"{name}.{key}: expected {expected.GetDouble():R}, got {actual:R}");
        }
    }

    [Fact]
    public void Ciede2000_agrees_with_all_published_pairs()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Shared.Path("golden/metrics/ciede2000-sharma.json")));
        JsonElement.ArrayEnumerator pairs = json.RootElement.GetProperty("pairs").EnumerateArray();
        Assert.Equal(34, pairs.Count());
        foreach (JsonElement pair in pairs)
        {
            LabColour first = Lab(pair.GetProperty("lab1")), second = Lab(pair.GetProperty("lab2"));
            // The published values are rounded to four decimals.
            Assert.Equal(pair.GetProperty("published_delta_e").GetDouble(), Ciede2000.Difference(first, second), 1e-4);
            Assert.Equal(pair.GetProperty("delta_e_float64").GetDouble(), Ciede2000.Difference(first, second), 1e-9);
            Assert.Equal(Ciede2000.Difference(first, second), Ciede2000.Difference(second, first), 1e-9);
        }
    }

    [Fact]
    public void Lab_agrees_with_the_reference_colours()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Shared.Path("golden/metrics/metrics.json")));
        foreach (JsonElement colour in json.RootElement.GetProperty("srgb_to_lab").EnumerateArray())
        {
            JsonElement rgb = colour.GetProperty("rgb");
            LabColour actual = LabColour.FromSrgb(rgb[0].GetDouble(), rgb[1].GetDouble(), rgb[2].GetDouble()),
                expected = Lab(colour.GetProperty("lab"));
            Assert.Equal(expected.L, actual.L, 1e-9);
            Assert.Equal(expected.A, actual.A, 1e-9);
            Assert.Equal(expected.B, actual.B, 1e-9);
        }
    }

    private static LabColour Lab(JsonElement e) => new(e[0].GetDouble(), e[1].GetDouble(), e[2].GetDouble());
}
