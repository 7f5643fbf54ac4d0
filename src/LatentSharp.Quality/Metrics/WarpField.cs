namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Where the content of a picture moved to against its reference, in pixels: a field of sub-pixel displacements on a grid of blocks, found
/// by iterated least squares on the gradients (Lucas and Kanade 1981) with gain and offset of each block solved along, then made smooth by
/// a median over neighbours, because geometric warp is smooth and the decoder's errors are not.
/// </summary>
/// <param name="Mean">Mean length of the displacement in pixels over blocks that have texture in both directions.</param>
/// <param name="P95">95th percentile of the length.</param>
/// <param name="Coverage">Share of the blocks with enough texture to tell, [0, 1]; below about 0.1 the figures mean little.</param>
/// <param name="X">Displacement to the right for each block, in pixels; NaN where there is too little texture.</param>
/// <param name="Y">Displacement downwards for each block, in pixels; NaN where there is too little texture.</param>
public sealed record WarpField(double Mean, double P95, double Coverage, Plane X, Plane Y)
{
    /// <summary>The smallest side of a picture with a field.</summary>
    public const int MinimumSide = 2 * Block;

    private const int Block = 32, Step = 16, Iterations = 4;

    // Smallest eigenvalue of the mean gradient product, in squared levels per pixel squared: less is flat or a single straight edge.
    private const double LeastTexture = 1.5;

    private const double LargestShift = 4;

    /// <summary>Measures luma planes.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ or are smaller than <see cref="MinimumSide"/>.</exception>
    public static WarpField Of(Plane reference, Plane picture)
    {
        Plane.RequireSameSize(reference, picture);
        reference.RequireAtLeast(MinimumSide, "The displacement field");
        // The blur makes the gradients linear over the distance searched and hides differences in fine detail.
        double[] taps = SeparableFilter.Gaussian(1.5);
        Plane a = SeparableFilter.Mirrored(reference, taps), b = SeparableFilter.Mirrored(picture, taps);
        int rows = (a.Height - Block) / Step + 1, columns = (a.Width - Block) / Step + 1;
        Plane dx = new(rows, columns), dy = new(rows, columns);
        Parallel.For(0, rows, Measuring.Rows, r =>
        {
            for (int c = 0; c < columns; c++) (dx[r, c], dy[r, c]) = Displacement(a, b, r * Step, c * Step);
        });
        (dx, dy) = (Smoothed(dx), Smoothed(dy));
        List<double> lengths = [];
        for (int i = 0; i < dx.Values.Length; i++)
            if (!double.IsNaN(dx.Values[i])) lengths.Add(Math.Sqrt(dx.Values[i] * dx.Values[i] + dy.Values[i] * dy.Values[i]));
        Distribution d = lengths.Count > 0 ? Distribution.Of(lengths.ToArray()) : default;
        return new WarpField(d.Mean, d.P95, (double)lengths.Count / dx.Values.Length, dx, dy);
    }

    // Solves picture(p + d) = gain * reference(p) + offset for d over one block; unknowns (dx, dy, gain - 1, offset).
    private static (double X, double Y) Displacement(Plane a, Plane b, int top, int left)
    {
        double dx = 0, dy = 0;
        double[] normal = new double[16], right = new double[4];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Array.Clear(normal);
            Array.Clear(right);
            double weightSum = 0;
            for (int y = 1; y < Block - 1; y++)
                for (int x = 1; x < Block - 1; x++)
                {
                    int py = top + y, px = left + x;
                    double gx = 0.5 * (a[py, px + 1] - a[py, px - 1]), gy = 0.5 * (a[py + 1, px] - a[py - 1, px]);
                    double w = Hann[y] * Hann[x], value = a[py, px], error = Sample(b, py + dy, px + dx) - value;
                    // Displaced content b(p + d) ~ a(p) + remaining gradient step.
                    ReadOnlySpan<double> row = [gx, gy, value - 128, 1];
                    for (int i = 0; i < 4; i++)
                    {
                        right[i] += w * row[i] * error;
                        for (int j = i; j < 4; j++) normal[4 * i + j] += w * row[i] * row[j];
                    }
                    weightSum += w;
                }
            double xx = normal[0] / weightSum, xy = normal[1] / weightSum, yy = normal[5] / weightSum;
            double least = (xx + yy) / 2 - Math.Sqrt((xx - yy) * (xx - yy) / 4 + xy * xy);
            if (least < LeastTexture) return (double.NaN, double.NaN);
            if (!SolveSymmetric(normal, right)) return (double.NaN, double.NaN);
            (dx, dy) = (dx - right[0], dy - right[1]);
            if (dx * dx + dy * dy > LargestShift * LargestShift) return (double.NaN, double.NaN);
            if (right[0] * right[0] + right[1] * right[1] < 1e-6) break;
        }
        return (dx, dy);
    }

    private static readonly double[] Hann = Enumerable.Range(0, Block).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / Block))
        .ToArray();

    // Catmull-Rom would be sharper, but both planes are already smooth: bilinear is exact enough here.
    private static double Sample(Plane p, double y, double x)
    {
        y = Math.Clamp(y, 0, p.Height - 1.001);
        x = Math.Clamp(x, 0, p.Width - 1.001);
        int iy = (int)y, ix = (int)x;
        double fy = y - iy, fx = x - ix;
        int i = iy * p.Width + ix;
        double[] v = p.Values;
        return (1 - fy) * ((1 - fx) * v[i] + fx * v[i + 1]) + fy * ((1 - fx) * v[i + p.Width] + fx * v[i + p.Width + 1]);
    }

    private static bool SolveSymmetric(double[] m, double[] r)
    {
        const int N = 4;
        for (int i = 0; i < N; i++)
            for (int j = 0; j < i; j++) m[N * i + j] = m[N * j + i];
        for (int k = 0; k < N; k++)
        {
            if (m[N * k + k] < 1e-9) return false;
            for (int i = k + 1; i < N; i++)
            {
                double f = m[N * i + k] / m[N * k + k];
                for (int j = k; j < N; j++) m[N * i + j] -= f * m[N * k + j];
                r[i] -= f * r[k];
            }
        }
        for (int i = N - 1; i >= 0; i--)
        {
            for (int j = i + 1; j < N; j++) r[i] -= m[N * i + j] * r[j];
            r[i] /= m[N * i + i];
        }
        return true;
    }

    private static Plane Smoothed(Plane field)
    {
        Plane result = new(field.Height, field.Width);
        List<double> near = [];
        for (int y = 0; y < field.Height; y++)
            for (int x = 0; x < field.Width; x++)
            {
                near.Clear();
                for (int j = Math.Max(0, y - 1); j <= Math.Min(field.Height - 1, y + 1); j++)
                    for (int i = Math.Max(0, x - 1); i <= Math.Min(field.Width - 1, x + 1); i++)
                        if (!double.IsNaN(field[j, i])) near.Add(field[j, i]);
                near.Sort();
                result[y, x] = double.IsNaN(field[y, x]) ? double.NaN
                    : near.Count % 2 == 1 ? near[near.Count / 2] : (near[near.Count / 2 - 1] + near[near.Count / 2]) / 2;
            }
        return result;
    }
}
