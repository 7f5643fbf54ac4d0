namespace LatentSharp.Quality.Metrics;

/// <summary>A connected part of a picture that is one colour.</summary>
/// <param name="X">The left border in pixels.</param>
/// <param name="Y">The upper border in pixels.</param>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Red">The colour in 8-bit levels.</param>
/// <param name="Green">The colour in 8-bit levels.</param>
/// <param name="Blue">The colour in 8-bit levels.</param>
/// <param name="Filled">Share of the rectangle that has this colour, (0, 1].</param>
internal sealed record ConstantRegion(int X, int Y, int Width, int Height, double Red, double Green, double Blue, double Filled)
{
    private const int Cell = 4;

    /// <summary>Levels by which a pixel may differ from its region: JPEG leaves a constant block constant to a level or two.</summary>
    public const double Tolerance = 2.5;

    /// <summary>The number of pixels of the rectangle.</summary>
    public long Area => (long)Width * Height;

    /// <summary>Its colour's red, green or blue in 8-bit levels.</summary>
    public double Colour(int channel) => channel == 0 ? Red : channel == 1 ? Green : Blue;

    /// <summary>Whether all of it is black.</summary>
    public bool IsBlack => Math.Max(Red, Math.Max(Green, Blue)) < 4;

    /// <summary>All regions of at least <paramref name="leastSide"/> pixels each way, the largest first.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="leastSide">In pixels.</param>
    public static IReadOnlyList<ConstantRegion> Of(PicturePlanes picture, int leastSide)
    {
        ArgumentNullException.ThrowIfNull(picture);
        int rows = picture.Height / Cell, columns = picture.Width / Cell;
        if (rows == 0 || columns == 0) return [];
        bool[] flat = new bool[rows * columns];
        double[][] colour = [new double[flat.Length], new double[flat.Length], new double[flat.Length]];
        Parallel.For(0, rows, Measuring.Rows, r =>
        {
            for (int c = 0; c < columns; c++) flat[r * columns + c] = IsFlat(picture, r, c, colour, r * columns + c);
        });
        List<ConstantRegion> regions = [];
        int[] label = new int[flat.Length];
        Stack<int> open = new();
        int dropped = 0;
        for (int start = 0; start < flat.Length; start++)
        {
            if (!flat[start] || label[start] != 0) continue;
            (int left, int top, int right, int bottom) = (columns, rows, -1, -1);
            int own = regions.Count + 1 + dropped;
            label[start] = own;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                (int r, int c) = (at / columns, at % columns);
                (left, right, top, bottom) = (Math.Min(left, c), Math.Max(right, c), Math.Min(top, r), Math.Max(bottom, r));
                if (c > 0) Visit(at - 1);
                if (c + 1 < columns) Visit(at + 1);
                if (r > 0) Visit(at - columns);
                if (r + 1 < rows) Visit(at + columns);
            }
            int size = Trim(label, columns, own, ref left, ref top, ref right, ref bottom);
            if ((right - left + 3) * Cell < leastSide || (bottom - top + 3) * Cell < leastSide)
            {
                dropped++;
                continue;
            }
            double[] colours = [colour[0][start], colour[1][start], colour[2][start]];
            ConstantRegion region = Grown(picture, left * Cell, top * Cell, (right + 1) * Cell, (bottom + 1) * Cell, colours,
                (double)size / ((right - left + 1) * (bottom - top + 1)));
            if (region.Width >= leastSide && region.Height >= leastSide) regions.Add(region);
            else dropped++;

            void Visit(int next)
            {
                if (!flat[next] || label[next] != 0) return;
                for (int k = 0; k < 3; k++)
                    if (Math.Abs(colour[k][next] - colour[k][start]) > Tolerance) return;
                label[next] = own;
                open.Push(next);
            }
        }
        return [.. regions.OrderByDescending(r => r.Area * r.Filled)];
    }

    // Content of the same colour hangs on to a lost part: rows and columns of which it holds little are cut off. Returns the number of
    // cells that are left.
    private static int Trim(int[] label, int columns, int own, ref int left, ref int top, ref int right, ref int bottom)
    {
        const double whole = 0.85;
        while (right > left && bottom > top)
        {
            (int width, int height) = (right - left + 1, bottom - top + 1);
            double[] shares =
            [
                Count(left, top, left, bottom) / (double)height, Count(right, top, right, bottom) / (double)height,
                Count(left, top, right, top) / (double)width, Count(left, bottom, right, bottom) / (double)width,
            ];
            int least = Array.IndexOf(shares, shares.Min());
            if (shares[least] >= whole) break;
            switch (least)
            {
                case 0: left++; break;
                case 1: right--; break;
                case 2: top++; break;
                default: bottom--; break;
            }
        }
        return Count(left, top, right, bottom);

        int Count(int x0, int y0, int x1, int y1)
        {
            int count = 0;
            foreach (int y in Measuring.Each(y0, y1 + 1))
                for (int x = x0; x <= x1; x++)
                    if (label[y * columns + x] == own) count++;
            return count;
        }
    }

    private static bool IsFlat(PicturePlanes picture, int row, int column, double[][] colour, int index)
    {
        for (int k = 0; k < 3; k++)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity, sum = 0;
            for (int y = row * Cell; y < (row + 1) * Cell; y++)
                foreach (double v in picture[k].Row(y).Slice(column * Cell, Cell))
                    (low, high, sum) = (Math.Min(low, v), Math.Max(high, v), sum + v);
            if (high - low > Tolerance) return false;
            colour[k][index] = sum / (Cell * Cell);
        }
        return true;
    }

    // Rows and columns beyond the cells that have the colour too belong to it.
    private static ConstantRegion Grown(PicturePlanes picture, int left, int top, int right, int bottom, double[] colour, double filled)
    {
        const double mostly = 0.9;
        for (int i = 0; i < Cell && left > 0 && Share(left - 1, top, left, bottom) >= mostly * filled; i++) left--;
        for (int i = 0; i < Cell && right < picture.Width && Share(right, top, right + 1, bottom) >= mostly * filled; i++) right++;
        for (int i = 0; i < Cell && top > 0 && Share(left, top - 1, right, top) >= mostly * filled; i++) top--;
        for (int i = 0; i < Cell && bottom < picture.Height && Share(left, bottom, right, bottom + 1) >= mostly * filled; i++) bottom++;
        return new ConstantRegion(left, top, right - left, bottom - top, colour[0], colour[1], colour[2], filled);

        double Share(int x0, int y0, int x1, int y1)
        {
            int same = 0;
            for (int y = y0; y < y1; y++)
                for (int x = x0; x < x1; x++)
                    if (Math.Abs(picture.Red[y, x] - colour[0]) <= Tolerance && Math.Abs(picture.Green[y, x] - colour[1]) <= Tolerance
                        && Math.Abs(picture.Blue[y, x] - colour[2]) <= Tolerance) same++;
            return (double)same / ((x1 - x0) * (y1 - y0));
        }
    }
}
