using LatentSharp.Quality.Metrics;

namespace LatentSharp.Tests.Quality;

/// <summary>Plants a known defect into a picture; the result is rounded to 8 bits as a file would.</summary>
internal static class Defects
{
    public static ImageTensor Cast(ImageTensor image, double a, double b) => PerPixel(image, (r, g, bl) =>
    {
        LabColour lab = LabColour.FromSrgb(r, g, bl);
        return ToSrgb(new LabColour(lab.L, lab.A + a, lab.B + b));
    });

    public static ImageTensor Blur(ImageTensor image, double sigma)
        => PerPlane(image, p => SeparableFilter.Mirrored(p, SeparableFilter.Gaussian(sigma)));

    /// <summary>Adds a grid of the given amplitude in levels and period in pixels: lines, a sine or a checkerboard.</summary>
    public static ImageTensor Grid(ImageTensor image, double amplitude, int period, string kind = "sine") => PerPlane(image, p =>
    {
        Plane q = new(p.Height, p.Width);
        for (int y = 0; y < p.Height; y++)
            for (int x = 0; x < p.Width; x++)
            {
                double pattern = kind switch
                {
                    "sine" => 0.5 * (Math.Cos(2 * Math.PI * x / period) + Math.Cos(2 * Math.PI * y / period)),
                    "lines" => x % period == 0 || y % period == 0 ? 1 : 0,
                    "checker" => (x / (period / 2) + y / (period / 2)) % 2 == 0 ? 1 : -1,
                    _ => throw new ArgumentOutOfRangeException(nameof(kind)),
                };
                q[y, x] = p[y, x] + amplitude * pattern;
            }
        return q;
    });

    public static ImageTensor Noise(ImageTensor image, double deviation, int seed)
    {
        Random random = new(seed);
        return PerPlane(image, p =>
        {
            Plane q = new(p.Height, p.Width);
            for (int i = 0; i < q.Values.Length; i++)
                q.Values[i] = p.Values[i]
                    + deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            return q;
        });
    }

    /// <summary>
    /// A smooth displacement whose length is <paramref name="pixels"/> everywhere and whose direction turns slowly, by Catmull-Rom or
    /// bilinear resampling.
    /// </summary>
    public static ImageTensor Warp(ImageTensor image, double pixels, bool bilinear = false) => PerPlane(image, p =>
    {
        Plane q = new(p.Height, p.Width);
        for (int y = 0; y < p.Height; y++)
            for (int x = 0; x < p.Width; x++)
            {
                double angle = 2 * Math.PI * (0.7 * x / p.Width + 0.9 * y / p.Height);
                q[y, x] = Sample(p, y - pixels * Math.Sin(angle), x - pixels * Math.Cos(angle), bilinear);
            }
        return q;
    });

    /// <summary>A displacement to the side that comes and goes in waves of the given amplitude.</summary>
    public static ImageTensor Wave(ImageTensor image, double pixels) => PerPlane(image, p =>
    {
        Plane q = new(p.Height, p.Width);
        for (int y = 0; y < p.Height; y++)
            for (int x = 0; x < p.Width; x++) q[y, x] = Sample(p, y, x - pixels * Math.Sin(2 * Math.PI * y / 128.0), false);
        return q;
    });

    public static ImageTensor PerPlane(ImageTensor image, Func<Plane, Plane> change)
    {
        PicturePlanes planes = PicturePlanes.Of(image);
        ImageTensor result = new(1, image.Height, image.Width);
        for (int c = 0; c < 3; c++)
        {
            Plane changed = change(planes[c]);
            Span<float> to = result.Plane(0, c);
            for (int i = 0; i < to.Length; i++) to[i] = ImageTensor.FromByte((byte)Math.Round(Math.Clamp(changed.Values[i], 0, 255)));
        }
        return result;
    }

    private static ImageTensor PerPixel(ImageTensor image, Func<double, double, double, (double, double, double)> change)
    {
        PicturePlanes planes = PicturePlanes.Of(image);
        ImageTensor result = new(1, image.Height, image.Width);
        for (int i = 0; i < planes.Red.Values.Length; i++)
        {
            (double r, double g, double b) = change(planes.Red.Values[i], planes.Green.Values[i], planes.Blue.Values[i]);
            result.Plane(0, 0)[i] = ImageTensor.FromByte((byte)Math.Round(Math.Clamp(r, 0, 255)));
            result.Plane(0, 1)[i] = ImageTensor.FromByte((byte)Math.Round(Math.Clamp(g, 0, 255)));
            result.Plane(0, 2)[i] = ImageTensor.FromByte((byte)Math.Round(Math.Clamp(b, 0, 255)));
        }
        return result;
    }

    // The inverse of LabColour.FromSrgb; the matrix is the inverse of Lindbloom's.
    private static (double R, double G, double B) ToSrgb(LabColour lab)
    {
        double fy = (lab.L + 16) / 116, fx = fy + lab.A / 500, fz = fy - lab.B / 200;
        double x = 0.95047 * Expand(fx), y = Expand(fy), z = 1.08883 * Expand(fz);
        return (Encode(3.2404542 * x - 1.5371385 * y - 0.4985314 * z), Encode(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
            Encode(0.0556434 * x - 0.2040259 * y + 1.0572252 * z));

        static double Expand(double f) => f * f * f > 216.0 / 24389 ? f * f * f : (116 * f - 16) * 27 / 24389;
        static double Encode(double v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055);
    }

    private static double Sample(Plane p, double y, double x, bool bilinear)
    {
        int iy = (int)Math.Floor(y), ix = (int)Math.Floor(x);
        double fy = y - iy, fx = x - ix, sum = 0;
        Span<double> across = [Tap(fx, -1), Tap(fx, 0), Tap(fx, 1), Tap(fx, 2)];
        for (int j = -1; j <= 2; j++)
        {
            ReadOnlySpan<double> row = p.Row(Math.Clamp(iy + j, 0, p.Height - 1));
            double line = 0;
            for (int i = -1; i <= 2; i++) line += across[i + 1] * row[Math.Clamp(ix + i, 0, p.Width - 1)];
            sum += Tap(fy, j) * line;
        }
        return sum;

        double Tap(double f, int k) => bilinear ? (k == 0 ? 1 - f : k == 1 ? f : 0) : k switch
        {
            -1 => 0.5 * f * (-1 + f * (2 - f)),
            0 => 0.5 * (2 + f * f * (-5 + 3 * f)),
            1 => 0.5 * f * (1 + f * (4 - 3 * f)),
            _ => 0.5 * f * f * (f - 1),
        };
    }
}
