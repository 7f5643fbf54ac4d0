namespace LatentSharp.Quality.Metrics;

/// <summary>
/// An affine map of colours in 8-bit levels: what a change of contrast, saturation, white balance or cast does to every pixel alike.
/// </summary>
internal sealed class ColourMap
{
    // Directions of colour that vary by less than half a level say nothing about the map: there it stays near the identity.
    private const double Ridge = 0.25;

    private const int Rounds = 6, LeastCells = 24;

    // Row c: the factors of red, green and blue, then the offset, of channel c.
    private readonly double[,] rows;

    private ColourMap(double[,] rows) => this.rows = rows;

    /// <summary>The map that leaves every colour alone.</summary>
    public static ColourMap Identity { get; } = new(new double[,] { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 } });

    /// <summary>The value of a channel after the map, cut off at the ends of the scale.</summary>
    public double Of(int channel, double red, double green, double blue)
        => Math.Clamp(rows[channel, 0] * red + rows[channel, 1] * green + rows[channel, 2] * blue + rows[channel, 3], 0, 255);

    /// <summary>
    /// The map that takes most of the given cells from the reference to the picture; the identity where there are too few of them.
    /// </summary>
    /// <param name="cells">Mean colours.</param>
    /// <param name="use">The cells that take part; those at an end of the scale should not.</param>
    public static ColourMap Fit(CellColours cells, IReadOnlyList<int> use)
    {
        if (use.Count < LeastCells) return Identity;
        double[] weights = [.. Enumerable.Repeat(1.0, use.Count)];
        double[,] map = Identity.rows;
        for (int round = 0; round < Rounds; round++)
        {
            map = Weighted(cells, use, weights);
            double[] residuals = [.. use.Select(i => Residual(cells, map, i))];
            double[] sorted = [.. residuals.Order()];
            // Huber's weights, around twice the median.
            double far = Math.Max(0.5, 2 * Distribution.Percentile(sorted, 0.5));
            for (int k = 0; k < weights.Length; k++) weights[k] = residuals[k] <= far ? 1 : far / residuals[k];
        }
        return new ColourMap(map);
    }

    private static double Residual(CellColours cells, double[,] map, int i)
    {
        double sum = 0;
        for (int c = 0; c < 3; c++)
        {
            double value = map[c, 3];
            for (int k = 0; k < 3; k++) value += map[c, k] * cells.Reference[k][i];
            sum += (cells.Picture[c][i] - value) * (cells.Picture[c][i] - value);
        }
        return Math.Sqrt(sum);
    }

    private static double[,] Weighted(CellColours cells, IReadOnlyList<int> use, double[] weights)
    {
        double all = weights.Sum();
        double[] before = new double[3], after = new double[3];
        for (int k = 0; k < use.Count; k++)
            for (int c = 0; c < 3; c++)
            {
                before[c] += weights[k] * cells.Reference[c][use[k]] / all;
                after[c] += weights[k] * cells.Picture[c][use[k]] / all;
            }
        // Normal equations of picture - reference against the reference, so that the ridge draws towards the identity.
        double[,] scatter = new double[3, 3], cross = new double[3, 3];
        for (int k = 0; k < use.Count; k++)
            for (int a = 0; a < 3; a++)
            {
                double x = cells.Reference[a][use[k]] - before[a];
                for (int b = 0; b < 3; b++)
                {
                    double y = cells.Reference[b][use[k]] - before[b];
                    scatter[a, b] += weights[k] * x * y / all;
                    cross[a, b] += weights[k] * x * (cells.Picture[b][use[k]] - after[b] - y) / all;
                }
            }
        for (int a = 0; a < 3; a++) scatter[a, a] += Ridge;
        double[,] inverse = Inverse(scatter), map = new double[3, 4];
        for (int c = 0; c < 3; c++)
        {
            map[c, 3] = after[c];
            for (int k = 0; k < 3; k++)
            {
                map[c, k] = (c == k ? 1 : 0) + inverse[k, 0] * cross[0, c] + inverse[k, 1] * cross[1, c] + inverse[k, 2] * cross[2, c];
                map[c, 3] -= map[c, k] * before[k];
            }
        }
        return map;
    }

    // Of a symmetric positive matrix, by cofactors.
    private static double[,] Inverse(double[,] m)
    {
        double[,] result = new double[3, 3];
        double determinant = 0;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
            {
                (int a, int b, int c, int d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
                result[j, i] = m[a, c] * m[b, d] - m[a, d] * m[b, c];
                if (i == 0) determinant += m[0, j] * result[j, 0];
            }
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) result[i, j] /= determinant;
        return result;
    }
}
