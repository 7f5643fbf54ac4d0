namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): 11x11 Gaussian window of sigma 1.5, only where the window lies inside the
/// picture, no down-sampling, L = 255, K1 = 0.01, K2 = 0.03, biased (weighted) variances. 1 for identical pictures. And its multi-scale
/// form (Wang, Simoncelli, Bovik 2003) with the published five weights.
/// </summary>
public static class Ssim
{
    /// <summary>The side of the window: pictures have to be at least this large.</summary>
    public const int Window = 11;

    /// <summary>The smallest side for <see cref="MultiScale(Plane, Plane)"/>: four halvings must leave a whole window.</summary>
    public const int MultiScaleMinimum = Window << 4;

    private const double C1 = 0.01 * 255 * 0.01 * 255, C2 = 0.03 * 255 * 0.03 * 255;

    // Wang, Simoncelli, Bovik 2003, section 3.2.
    private static readonly double[] Weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

    private static readonly double[] Taps = SeparableFilter.Gaussian(Window, 1.5);

    /// <summary>The mean of the similarity map on luma.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than the window.</exception>
    public static double Luma(PicturePlanes reference, PicturePlanes picture) => Of(reference.Luma, picture.Luma);

    /// <summary>The mean of the values of red, green and blue.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than the window.</exception>
    public static double Rgb(PicturePlanes reference, PicturePlanes picture)
        => (Of(reference.Red, picture.Red) + Of(reference.Green, picture.Green) + Of(reference.Blue, picture.Blue)) / 3;

    /// <summary>The mean of the similarity map of two planes in [0, 255].</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than the window.</exception>
    public static double Of(Plane reference, Plane picture) => Terms(reference, picture, null).Similarity;

    /// <summary>
    /// The similarity map: [H-10, W-10], values in [-1, 1]; element (y, x) belongs to the window centred on pixel (y+5, x+5).
    /// </summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than the window.</exception>
    public static Plane Map(Plane reference, Plane picture)
    {
        reference.RequireAtLeast(Window, "SSIM");
        Plane map = new(reference.Height - Window + 1, reference.Width - Window + 1);
        Terms(reference, picture, map);
        return map;
    }

    /// <summary>MS-SSIM on luma.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than <see cref="MultiScaleMinimum"/>.</exception>
    public static double MultiScaleLuma(PicturePlanes reference, PicturePlanes picture) => MultiScale(reference.Luma, picture.Luma);

    /// <summary>The mean of the MS-SSIM of red, green and blue.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than <see cref="MultiScaleMinimum"/>.</exception>
    public static double MultiScaleRgb(PicturePlanes reference, PicturePlanes picture)
        => (MultiScale(reference.Red, picture.Red) + MultiScale(reference.Green, picture.Green) + MultiScale(reference.Blue, picture.Blue))
        / 3;

    /// <summary>MS-SSIM of two planes in [0, 255]; negative means of a scale count as 0.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than <see cref="MultiScaleMinimum"/>.</exception>
    public static double MultiScale(Plane reference, Plane picture)
    {
        double product = 1;
        double[] scales = Scales(reference, picture);
        for (int i = 0; i < scales.Length; i++) product *= Math.Pow(Math.Max(scales[i], 0), Weights[i]);
        return product;
    }

    /// <summary>The five means that MS-SSIM is made of: contrast-structure for scales 1 to 4, the full similarity for scale 5.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than <see cref="MultiScaleMinimum"/>.</exception>
    public static double[] Scales(Plane reference, Plane picture)
    {
        Plane.RequireSameSize(reference, picture);
        reference.RequireAtLeast(MultiScaleMinimum, "MS-SSIM");
        double[] scales = new double[Weights.Length];
        for (int i = 0; i < scales.Length; i++)
        {
            if (i > 0) (reference, picture) = (SeparableFilter.Halved(reference), SeparableFilter.Halved(picture));
            (double similarity, double contrast) = Terms(reference, picture, null);
            scales[i] = i == scales.Length - 1 ? similarity : contrast;
        }
        return scales;
    }

    private static (double Similarity, double Contrast) Terms(Plane a, Plane b, Plane? map)
    {
        Plane.RequireSameSize(a, b);
        a.RequireAtLeast(Window, "SSIM");
        Plane meanA = SeparableFilter.Valid(a, Taps), meanB = SeparableFilter.Valid(b, Taps);
        Plane squareA = SeparableFilter.Valid(Product(a, a), Taps), squareB = SeparableFilter.Valid(Product(b, b), Taps);
        Plane cross = SeparableFilter.Valid(Product(a, b), Taps);
        double similarity = 0, contrast = 0;
        for (int i = 0; i < cross.Values.Length; i++)
        {
            double ma = meanA.Values[i], mb = meanB.Values[i];
            double va = squareA.Values[i] - ma * ma, vb = squareB.Values[i] - mb * mb, vab = cross.Values[i] - ma * mb;
            double cs = (2 * vab + C2) / (va + vb + C2);
            double s = (2 * ma * mb + C1) / (ma * ma + mb * mb + C1) * cs;
            contrast += cs;
            similarity += s;
            if (map is not null) map.Values[i] = s;
        }
        return (similarity / cross.Values.Length, contrast / cross.Values.Length);
    }

    private static Plane Product(Plane a, Plane b)
    {
        Plane p = new(a.Height, a.Width);
        for (int i = 0; i < p.Values.Length; i++) p.Values[i] = a.Values[i] * b.Values[i];
        return p;
    }
}
