namespace LatentSharp.Quality.Metrics;

/// <summary>
/// A picture as the metrics see it: red, green, blue and luma in float64 on the scale of 8-bit levels, clamped to [0, 255] as a file or a
/// screen would do. Non-finite values count as level 0 here; <see cref="RangeCheck"/> counts them.
/// </summary>
public sealed class PicturePlanes
{
    // A float32 cannot hold level/127.5 - 1 exactly; the error is below 1e-5 levels. Values this close to a whole level are that level.
    private const double Snap = 1e-4;

    private Plane? luma;

    private PicturePlanes(Plane red, Plane green, Plane blue) => (Red, Green, Blue) = (red, green, blue);

    /// <summary>Red, sRGB-encoded, in [0, 255].</summary>
    public Plane Red { get; }

    /// <summary>Green, sRGB-encoded, in [0, 255].</summary>
    public Plane Green { get; }

    /// <summary>Blue, sRGB-encoded, in [0, 255].</summary>
    public Plane Blue { get; }

    /// <summary>Y = 0.299 R + 0.587 G + 0.114 B (Rec. 601), not rounded, in [0, 255].</summary>
    public Plane Luma => luma ??= MakeLuma();

    /// <summary>The height in pixels.</summary>
    public int Height => Red.Height;

    /// <summary>The width in pixels.</summary>
    public int Width => Red.Width;

    /// <summary>Channel 0 red, 1 green, 2 blue.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another channel.</exception>
    public Plane this[int channel] => channel switch
    {
        0 => Red,
        1 => Green,
        2 => Blue,
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "0 red, 1 green, 2 blue"),
    };

    /// <summary>Picture <paramref name="index"/> of a tensor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    public static PicturePlanes Of(ImageTensor image, int index = 0)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, image.Batch);
        Plane[] planes = new Plane[3];
        Parallel.For(0, 3, Measuring.Rows, c =>
        {
            Plane plane = planes[c] = new Plane(image.Height, image.Width);
            ReadOnlySpan<float> from = image.Plane(index, c);
            double[] to = plane.Values;
            for (int i = 0; i < to.Length; i++) to[i] = Level(from[i]);
        });
        return new PicturePlanes(planes[0], planes[1], planes[2]);
    }

    /// <summary>Planes on the scale of 8-bit levels, wrapped as they are.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static PicturePlanes Of(Plane red, Plane green, Plane blue)
    {
        ArgumentNullException.ThrowIfNull(red);
        ArgumentNullException.ThrowIfNull(green);
        ArgumentNullException.ThrowIfNull(blue);
        Plane.RequireSameSize(red, green);
        Plane.RequireSameSize(red, blue);
        return new PicturePlanes(red, green, blue);
    }

    internal static void RequireSameSize(PicturePlanes a, PicturePlanes b) => Plane.RequireSameSize(a.Red, b.Red);

    private static double Level(float value)
    {
        if (!float.IsFinite(value)) return 0;
        double level = Math.Clamp((value + 1.0) * 127.5, 0, 255);
        double whole = Math.Round(level);
        return Math.Abs(level - whole) < Snap ? whole : level;
    }

    private Plane MakeLuma()
    {
        Plane y = new(Height, Width);
        double[] r = Red.Values, g = Green.Values, b = Blue.Values, to = y.Values;
        for (int i = 0; i < to.Length; i++) to[i] = 0.299 * r[i] + 0.587 * g[i] + 0.114 * b[i];
        return y;
    }
}
