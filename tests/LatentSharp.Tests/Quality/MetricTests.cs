using LatentSharp.Quality.Metrics;

namespace LatentSharp.Tests.Quality;

/// <summary>
/// Metrics without an outside reference: planted quantities have to come back, and what was not planted has to stay near zero.
/// </summary>
public sealed class MetricTests
{
    private static readonly ImageTensor Scene = Pictures.Scene(192, 224, 7);
    private static readonly PicturePlanes Reference = PicturePlanes.Of(Scene);

    [Theory]
    [InlineData(0.7)]
    [InlineData(1.2)]
    public void A_planted_blur_is_measured_in_pixels(double sigma)
    {
        Sharpness s = Sharpness.Of(Reference, PicturePlanes.Of(Defects.Blur(Scene, sigma)));
        Assert.Equal(sigma, s.BlurSigma, 0.08);
        Assert.InRange(s.GradientEnergyRatio, 0.05, 0.95);
        Assert.True(s.HighFrequencyLossDb > 3);
    }

    [Fact]
    public void An_unchanged_picture_has_no_loss()
    {
        Sharpness s = Sharpness.Of(Reference, Reference);
        Assert.Equal(1, s.GradientEnergyRatio, 1e-12);
        Assert.Equal(0, s.HighFrequencyLossDb, 1e-9);
        Assert.Equal(0, s.BlurSigma, 1e-4);
        Assert.Equal(1, s.HighFrequencyCoherence, 1e-9);
    }

    [Theory]
    [InlineData("sine", 8)]
    [InlineData("lines", 8)]
    [InlineData("checker", 16)]
    [InlineData("sine", 16)]
    public void A_planted_grid_is_found_and_only_there(string kind, int period)
    {
        PicturePlanes planted = PicturePlanes.Of(Defects.Grid(Scene, 2, period, kind));
        GridArtefact with = GridArtefact.Of(Plane.Difference(planted.Luma, Reference.Luma), period);
        // A sine of amplitude 2 split over two directions has an RMS of 1, lines of 0.84, a checkerboard 2; the high-pass takes a little.
        Assert.InRange(with.Rms, 0.6, 2.2);
        Assert.True(with.Significance > 5, $"significance {with.Significance}");
        Assert.True(GridArtefact.Of(new Plane(192, 224), period).Rms == 0);
    }

    [Theory]
    [InlineData(0.5, false)]
    [InlineData(0.5, true)]
    [InlineData(1.5, false)]
    public void A_planted_warp_is_measured_in_pixels(double pixels, bool bilinear)
    {
        WarpField field = WarpField.Of(Reference.Luma, PicturePlanes.Of(Defects.Warp(Scene, pixels, bilinear)).Luma);
        Assert.True(field.Coverage > 0.5);
        Assert.Equal(pixels, field.Mean, 0.2 * pixels);
        Assert.InRange(WarpField.Of(Reference.Luma, Reference.Luma).P95, 0, 1e-6);
    }

    [Fact]
    public void A_shift_to_the_right_and_down_is_positive()
    {
        ImageTensor scene = Pictures.Scene(128, 128, 3);
        PicturePlanes planes = PicturePlanes.Of(scene);
        ImageTensor moved = Pictures.Make(128, 128, (c, y, x) => planes[c][Math.Max(0, y - 1), Math.Max(0, x - 2)]);
        WarpField field = WarpField.Of(planes.Luma, PicturePlanes.Of(moved).Luma);
        Assert.Equal(2, field.X.Values.Where(double.IsFinite).Order().ElementAt(field.X.Values.Count(double.IsFinite) / 2), 0.1);
        Assert.Equal(1, field.Y.Values.Where(double.IsFinite).Order().ElementAt(field.Y.Values.Count(double.IsFinite) / 2), 0.1);
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(3)]
    [InlineData(8)]
    public void Planted_noise_is_measured_in_levels(double deviation)
    {
        PicturePlanes noisy = PicturePlanes.Of(Defects.Noise(Scene, deviation, 5));
        // Rounding to 8 bits adds 1/12; blocks are few, hence a tenth of tolerance.
        Assert.Equal(deviation, NoiseEstimate.Added(Reference.Green, noisy.Green), 0.1 * deviation);
        Assert.Equal(0, NoiseEstimate.Added(Reference.Green, PicturePlanes.Of(Defects.Blur(Scene, 0.7)).Green));
    }

    [Fact]
    public void A_planted_cast_is_measured_in_Lab()
    {
        ColourDrift drift = ColourDrift.Of(Reference, PicturePlanes.Of(Defects.Cast(Scene, 2, -1)));
        // Colours at the border of sRGB cannot move all the way.
        Assert.Equal(2, drift.A, 0.2);
        Assert.Equal(-1, drift.B, 0.2);
        Assert.Equal(0, drift.L, 0.05);
        Assert.True(drift.LinearRed > 0 && drift.LinearGreen < 0);
        ColourDrift none = ColourDrift.Of(Reference, Reference);
        Assert.Equal((0, 0, 0, 0), (none.L, none.Cast, none.Chroma, Math.Round(none.Hue, 9)));
    }

    [Fact]
    public void Banding_is_seen_in_a_coarse_gradient_only()
    {
        ImageTensor fine = Pictures.Make(64, 256, (_, _, x) => Math.Round(x * 0.4 + 40)),
            coarse = Pictures.Make(64, 256, (_, _, x) => Math.Round((x * 0.4 + 40) / 6) * 6);
        Assert.Equal(0, Banding.Of(PicturePlanes.Of(fine)));
        Assert.True(Banding.Of(PicturePlanes.Of(coarse)) > 10);
    }

    [Fact]
    public void Ringing_is_seen_beside_edges_only()
    {
        ImageTensor edge = Pictures.Make(96, 96, (_, _, x) => x < 48 ? 60 : 190);
        ImageTensor ringing =
            Pictures.Make(96, 96,
                (_, _, x) => Math.Round((x < 48 ? 60 : 190) + 12 * Math.Cos(x - 47.5) * Math.Exp(-Math.Abs(x - 47.5) / 5)));
        Assert.True(Ringing.Of(PicturePlanes.Of(edge), PicturePlanes.Of(ringing)) > 2);
        Assert.Equal(0, Ringing.Of(PicturePlanes.Of(edge), PicturePlanes.Of(edge)));
    }

    [Fact]
    public void Range_counts_what_a_file_cannot_hold()
    {
        ImageTensor image = new([float.NaN, 0, 0.5f, 1.2f, -1, -3, 1, float.PositiveInfinity, 0, 0, 0, 0], 1, 2, 2);
        RangeCheck range = RangeCheck.Of(image);
        Assert.Equal(2, range.NonFinite);
        Assert.Equal(0.2, range.Outside, 1e-12);
        Assert.Equal(0.2, range.Black, 1e-12);
        Assert.Equal((-3, 1.2f), (range.Minimum, (float)range.Maximum));
        Assert.Equal(0, PicturePlanes.Of(image).Red[0, 0]);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused_in_words()
    {
        PicturePlanes small = PicturePlanes.Of(new ImageTensor(1, 8, 8)), large = PicturePlanes.Of(new ImageTensor(1, 100, 100));
        Assert.Equal(ErrorKind.Mismatch, Assert.Throws<LatentSharpException>(() => Psnr.Rgb(small, large)).Kind);
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => Ssim.Luma(small, small));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.Contains("11x11", error.Message);
        Assert.Contains("176x176", Assert.Throws<LatentSharpException>(() => Ssim.MultiScaleLuma(large, large)).Message);
    }
}
