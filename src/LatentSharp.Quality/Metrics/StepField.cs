namespace LatentSharp.Quality.Metrics;

/// <summary>
/// The steps from one column (or row) to the next over a whole picture, each weighed by how calm it is around it: a step of two levels says
/// nothing in foliage and much in a sky. Sums over any stretch of a line take one subtraction.
/// </summary>
internal sealed class StepField
{
    /// <summary>How far beside a line what is usual there is taken.</summary>
    public const int Near = 28;

    // Stretches begin and end at whole blocks of pixels. A step counts as at most two usual ones, so that no edge of a thing outweighs a
    // line.
    private const int Block = 4, Around = 12, Beyond = 2, Border = 4;
    private const double LeastUsual = 0.7, Most = 2;

    private readonly int length, across, blocks;
    private readonly float[][] sums;

    private StepField(int length, int across)
    {
        (this.length, this.across, blocks) = (length, across, across / Block);
        sums = [.. Enumerable.Range(0, 3).Select(_ => new float[length * (blocks + 1)])];
    }

    /// <summary>Measures the steps.</summary>
    /// <param name="planes">Red, green and blue in 8-bit levels.</param>
    /// <param name="vertical">Steps between columns, along vertical lines; otherwise between rows.</param>
    public static StepField Of(IReadOnlyList<Plane> planes, bool vertical)
    {
        StepField field = new(vertical ? planes[0].Width : planes[0].Height, vertical ? planes[0].Height : planes[0].Width);
        Parallel.For(0, field.blocks, Measuring.Rows, b =>
        {
            double[][] steps = [.. Enumerable.Range(0, Block + 2 * Beyond).Select(_ => new double[field.length])];
            double[] usual = new double[field.length + 1];
            for (int c = 0; c < 3; c++) field.Add(planes[c], vertical, c, b, steps, usual);
        });
        foreach (float[] plane in field.sums)
            for (int i = 0; i < field.length; i++)
                for (int b = 0; b < field.blocks; b++) plane[i * (field.blocks + 1) + b + 1] += plane[i * (field.blocks + 1) + b];
        return field;
    }

    private void Add(Plane plane, bool vertical, int channel, int block, double[][] steps, double[] usual)
    {
        for (int r = 0; r < steps.Length; r++)
        {
            int k = Math.Clamp(block * Block + r - Beyond, 0, across - 1);
            for (int i = 2; i < length - 1; i++) steps[r][i] = TileSeams.Step(plane, i, k, vertical);
        }
        for (int r = Beyond; r < Beyond + Block; r++)
        {
            for (int i = 0; i < length; i++)
            {
                double sum = 0;
                for (int k = r - Beyond; k <= r + Beyond; k++) sum += Math.Abs(steps[k][i]);
                usual[i + 1] = usual[i] + sum / (2 * Beyond + 1);
            }
            for (int i = 0; i < length; i++)
            {
                (double wide, int many) = Sum(i, Around);
                (double close, int few) = Sum(i, Beyond);
                double beside = Math.Max((wide - close) / (many - few), LeastUsual);
                sums[channel][i * (blocks + 1) + block + 1] += (float)(Math.Clamp(steps[r][i] / beside, -Most, Most) / beside);
            }
        }

        (double Sum, int Count) Sum(int i, int reach)
        {
            int from = Math.Max(0, i - reach), to = Math.Min(length, i + reach + 1);
            return (usual[to] - usual[from], to - from);
        }
    }

    /// <summary>How far the stretches of a line stand out of the same stretches beside it.</summary>
    /// <param name="line">The first column or row beyond it.</param>
    /// <param name="edges">Where stretches begin and end, from 0 to the picture's side.</param>
    /// <returns>For each stretch the mean step in units of the root mean square beside it, and the share of lines beside that have
    /// less.</returns>
    public IEnumerable<(double Out, double Rank)> Stretches(int line, int[] edges)
    {
        int from = Math.Max(Border, line - Near), to = Math.Min(length - Border, line + Near + 1);
        double[] beside = new double[to - from];
        for (int s = 0; s + 1 < edges.Length; s++)
        {
            int first = edges[s] / Block, last = edges[s + 1] / Block;
            double own = 0;
            Array.Clear(beside);
            int count = 0;
            foreach (float[] plane in sums)
            {
                double squares = 0;
                count = 0;
                for (int i = from; i < to; i++)
                    if (Math.Abs(i - line) > Beyond) (squares, count) = (squares + Square(plane, i), count + 1);
                double usual = Math.Max(squares / count, 1e-9);
                own += Square(plane, line) / usual / 3;
                for (int i = from; i < to; i++) beside[i - from] += Square(plane, i) / usual / 3;
            }
            int less = 0;
            for (int i = from; i < to; i++)
                if (Math.Abs(i - line) > Beyond && beside[i - from] < own) less++;
            yield return (Math.Sqrt(own), (double)less / count);

            double Square(float[] plane, int i)
            {
                double sum = plane[i * (blocks + 1) + last] - plane[i * (blocks + 1) + first];
                return sum * sum;
            }
        }
    }
}
