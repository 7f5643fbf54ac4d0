namespace LatentSharp.Quality.Metrics;

/// <summary>One channel of a picture, or a map made from pictures, in float64: H*W values, row-major.</summary>
public sealed class Plane
{
    /// <summary>A plane of zeros. Measurements that were cancelled end where the next is made.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public Plane(int height, int width) : this(height, width, new double[checked(Positive(height) * Positive(width))])
        => Measuring.ThrowIfCancelled();

    /// <summary>Wraps <paramref name="values"/> without copying.</summary>
    /// <exception cref="ArgumentException">The number of values is not H*W.</exception>
    public Plane(int height, int width, double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != (long)Positive(height) * Positive(width))
            throw new ArgumentException($"a plane of {height}x{width} has {(long)height * width} values, not {values.Length}",
                nameof(values));
        (Height, Width, Values) = (height, width, values);
    }

    /// <summary>The height H.</summary>
    public int Height { get; }

    /// <summary>The width W.</summary>
    public int Width { get; }

    /// <summary>The values, row-major.</summary>
    public double[] Values { get; }

    /// <summary>The value at row <paramref name="y"/>, column <paramref name="x"/>.</summary>
    public double this[int y, int x]
    {
        get => Values[y * Width + x];
        set => Values[y * Width + x] = value;
    }

    /// <summary>Row <paramref name="y"/>: W values.</summary>
    public Span<double> Row(int y) => Values.AsSpan(y * Width, Width);

    /// <summary>The difference <paramref name="a"/> - <paramref name="b"/>, element by element.</summary>
    /// <exception cref="LatentSharpException">The sizes differ.</exception>
    public static Plane Difference(Plane a, Plane b)
    {
        RequireSameSize(a, b);
        Plane difference = new(a.Height, a.Width);
        for (int i = 0; i < difference.Values.Length; i++) difference.Values[i] = a.Values[i] - b.Values[i];
        return difference;
    }

    internal static void RequireSameSize(Plane a, Plane b)
    {
        if (a.Height != b.Height || a.Width != b.Width)
            throw new LatentSharpException(ErrorKind.Mismatch, "", $"The two pictures differ in size: {a.Width}x{a.Height} and {b.Width}x{b.Height} pixels.",
                "Bring both to one size before comparing; a metric between sizes would measure the resampling.");
    }

    internal void RequireAtLeast(int side, string metric)
    {
        if (Math.Min(Height, Width) < side)
            throw new LatentSharpException(ErrorKind.BadInput, "", $"{metric} needs pictures of at least {side}x{side} pixels; this one has {Width}x{Height}.",
                "Use a larger picture or leave this metric out.");
    }

    private static int Positive(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        return size;
    }
}
