namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Peak signal-to-noise ratio: <c>10 log10(255^2 / MSE)</c> in dB on 8-bit levels; positive infinity for identical pictures.
/// </summary>
public static class Psnr
{
    /// <summary>Over all pixels of red, green and blue.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static double Rgb(PicturePlanes reference, PicturePlanes picture) => FromMeanSquaredError(MeanSquaredError(reference, picture));

    /// <summary>On luma (Rec. 601, not rounded).</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static double Luma(PicturePlanes reference, PicturePlanes picture)
        => FromMeanSquaredError(MeanSquaredError(reference.Luma, picture.Luma));

    /// <summary>The mean of the squared differences over all pixels and channels, in squared levels.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static double MeanSquaredError(PicturePlanes reference, PicturePlanes picture)
        => (MeanSquaredError(reference.Red, picture.Red) + MeanSquaredError(reference.Green, picture.Green) + MeanSquaredError(
            reference.Blue, picture.Blue)) / 3;

    /// <summary>The mean of the squared differences of two planes.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static double MeanSquaredError(Plane a, Plane b)
    {
        Plane.RequireSameSize(a, b);
        double sum = 0;
        for (int i = 0; i < a.Values.Length; i++)
        {
            double d = a.Values[i] - b.Values[i];
            sum += d * d;
        }
        return sum / a.Values.Length;
    }

    /// <summary>The mean of the absolute differences over all pixels and channels, in levels.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static double MeanAbsoluteError(PicturePlanes reference, PicturePlanes picture)
    {
        PicturePlanes.RequireSameSize(reference, picture);
        double sum = 0;
        for (int c = 0; c < 3; c++)
        {
            double[] a = reference[c].Values, b = picture[c].Values;
            for (int i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        }
        return sum / (3.0 * reference.Red.Values.Length);
    }

    /// <summary>dB for a mean squared error in squared 8-bit levels.</summary>
    public static double FromMeanSquaredError(double meanSquaredError)
        => meanSquaredError <= 0 ? double.PositiveInfinity : 10 * Math.Log10(255.0 * 255.0 / meanSquaredError);
}
