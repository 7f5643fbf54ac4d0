namespace LatentSharp.Quality.Metrics;

/// <summary>
/// All that the metrics say about one picture against its reference. What cannot be measured on so small a picture is null and named in
/// <see cref="LeftOut"/>.
/// </summary>
public sealed record PictureComparison
{
    /// <summary>Over red, green and blue, in dB; positive infinity for identical pictures.</summary>
    public required double PsnrRgb { get; init; }

    /// <summary>On luma, in dB.</summary>
    public required double PsnrLuma { get; init; }

    /// <summary>On luma; null below 11 pixels.</summary>
    public double? Ssim { get; init; }

    /// <summary>On luma; null below 176 pixels.</summary>
    public double? MsSsim { get; init; }

    /// <summary>CIEDE2000 over the pixels.</summary>
    public required Distribution DeltaE { get; init; }

    /// <summary>Colour as a whole.</summary>
    public required ColourDrift Drift { get; init; }

    /// <summary>Detail; null below 32 pixels.</summary>
    public Sharpness? Sharpness { get; init; }

    /// <summary>A pattern of period 8 in the luma error; null below 96 pixels.</summary>
    public GridArtefact? Grid8 { get; init; }

    /// <summary>A pattern of period 16 in the luma error; null below 96 pixels.</summary>
    public GridArtefact? Grid16 { get; init; }

    /// <summary>Displacement; null below 64 pixels.</summary>
    public WarpField? Warp { get; init; }

    /// <summary>Noise on top of the reference in levels, the mean over red, green and blue; null below 32 pixels.</summary>
    public double? NoiseAdded { get; init; }

    /// <summary>Isolated jumps per thousand pixels of gradient, picture minus reference.</summary>
    public required double Banding { get; init; }

    /// <summary>Excess error beside strong edges, in levels.</summary>
    public required double Ringing { get; init; }

    /// <summary>Clipped and non-finite values of the picture.</summary>
    public required RangeCheck Range { get; init; }

    /// <summary>Share of the values at either end of the scale, picture minus reference.</summary>
    public required double ClippedMore { get; init; }

    /// <summary>The names of the metrics that need a larger picture.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>Measures picture 0 of <paramref name="picture"/> against picture 0 of <paramref name="reference"/>.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static PictureComparison Of(ImageTensor reference, ImageTensor picture) => Of(reference, picture, out _);

    /// <summary>The same, with the CIEDE2000 difference at every pixel.</summary>
    internal static PictureComparison Of(ImageTensor reference, ImageTensor picture, out Plane map)
    {
        PicturePlanes a = PicturePlanes.Of(reference), b = PicturePlanes.Of(picture);
        PicturePlanes.RequireSameSize(a, b);
        int side = Math.Min(a.Height, a.Width);
        List<string> leftOut = [];
        bool Fits(int minimum, string name)
        {
            if (side < minimum) leftOut.Add($"{name} (needs {minimum} pixels)");
            return side >= minimum;
        }

        RangeCheck before = RangeCheck.Of(reference), after = RangeCheck.Of(picture);
        bool grid = Fits(GridArtefact.MinimumSide, "grid"), noise = Fits(NoiseEstimate.MinimumSide, "noise");
        map = Ciede2000.Map(a, b);
        GridArtefact? grid8 = null, grid16 = null;
        if (grid)
        {
            Plane error = Plane.Difference(b.Luma, a.Luma);
            (grid8, grid16) = (GridArtefact.Of(error, 8), GridArtefact.Of(error, 16));
        }
        return new PictureComparison
        {
            PsnrRgb = Psnr.Rgb(a, b),
            PsnrLuma = Psnr.Luma(a, b),
            Ssim = Fits(Metrics.Ssim.Window, "SSIM") ? Metrics.Ssim.Luma(a, b) : null,
            MsSsim = Fits(Metrics.Ssim.MultiScaleMinimum, "MS-SSIM") ? Metrics.Ssim.MultiScaleLuma(a, b) : null,
            DeltaE = Distribution.Of(map.Values),
            Drift = ColourDrift.Of(a, b),
            Sharpness = Fits(RadialSpectrum.MinimumSide, "sharpness") ? Metrics.Sharpness.Of(a, b) : null,
            Grid8 = grid8,
            Grid16 = grid16,
            Warp = Fits(WarpField.MinimumSide, "warp") ? WarpField.Of(a.Luma, b.Luma) : null,
            NoiseAdded = noise ? NoiseOf(a, b, grid8, grid16) : null,
            Banding = Metrics.Banding.Of(b) - Metrics.Banding.Of(a),
            Ringing = Metrics.Ringing.Of(a, b),
            Range = after,
            ClippedMore = after.Black + after.White - before.Black - before.White,
            LeftOut = leftOut,
        };
    }

    // A grid is fine structure too: it is taken out first, lest it be counted as noise.
    private static double NoiseOf(PicturePlanes a, PicturePlanes b, GridArtefact? grid8, GridArtefact? grid16)
    {
        GridArtefact? grid = grid16 is { Significance: > 4 } ? grid16 : grid8 is { Significance: > 4 } ? grid8 : null;
        double sum = 0;
        for (int c = 0; c < 3; c++)
        {
            Plane plane = b[c];
            if (grid is not null)
            {
                plane = new Plane(plane.Height, plane.Width);
                foreach (int y in Measuring.Each(0, plane.Height))
                    for (int x = 0; x < plane.Width; x++) plane[y, x] = b[c][y, x] - grid.Pattern[y % grid.Period, x % grid.Period];
            }
            sum += NoiseEstimate.Added(a[c], plane);
        }
        return sum / 3;
    }
}
