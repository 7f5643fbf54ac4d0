namespace LatentSharp.Quality.Metrics;

/// <summary>
/// Weak seams of a picture without a reference. No single line proves them; but where a picture was computed in tiles of one size, every
/// stretch of every line between them has a step, and none a few pixels beside. All stretches of a grid are judged together, and the same
/// grid moved aside is what chance and texture reach.
/// </summary>
internal sealed class TileGrid
{
    // Smaller tiles are left to lines that can be seen one by one.
    private const int LeastTile = 56, MostAcross = 16, MostParts = 6, Margin = 8;

    // From beyond a seam's own profile to three blocks of a JPEG, which are borders too.
    private const int LeastMoved = 3, MostMoved = 24;

    // A stretch of chance has 0.9 in the mean; one that has more than four may be the edge of a thing and counts no more.
    private const double Chance = 0.9, Most = 4;

    // Chosen on 269 photographs: one of 150 that were judged as they are reaches them. Parts of equal size are few, squares of any size
    // many, of which one is likelier to reach a lot by chance.
    private const double LeastOfParts = 3, LeastOfSquares = 4, LeastAboveMoved = 3, LeastRank = 0.75, LeastOfAxis = 0.8;

    private const double MostOfSide = 0.85;

    private readonly IReadOnlyList<Plane> planes;
    private readonly int width, height;
    private readonly StepField columns, rows;

    private TileGrid(IReadOnlyList<Plane> planes)
    {
        this.planes = planes;
        (width, height) = (planes[0].Width, planes[0].Height);
        (columns, rows) = (StepField.Of(planes, true), StepField.Of(planes, false));
    }

    /// <summary>Looks for tiles of one size that begin at the picture's left upper corner.</summary>
    /// <param name="planes">Red, green and blue in 8-bit levels, of <see cref="TileSeams.MinimumSide"/> pixels at least.</param>
    public static TileSeams Of(IReadOnlyList<Plane> planes)
    {
        TileGrid grid = new(planes);
        Found?[] found = [grid.Best(grid.Parts(), LeastOfParts), grid.Best(grid.Squares(), LeastOfSquares)];
        return found.OfType<Found>().MaxBy(f => f.Evidence.Total) is { } best ? grid.Seams(best) : new([], []);
    }

    private IEnumerable<(int Width, int Height)> Parts()
        => from across in Measuring.Each(2, MostParts + 1)
           from down in Measuring.Each(Math.Max(2, across - 1), Math.Min(MostParts, across + 1) + 1)
           select (width / across, height / down) into tile
           where tile.Item1 >= LeastTile && tile.Item2 >= LeastTile
           select tile;

    private IEnumerable<(int Width, int Height)> Squares()
        => Measuring.Each(Math.Max(LeastTile, Math.Min(width, height) / MostAcross), (int)(MostOfSide * Math.Min(width, height)))
            .Select(s => (s, s));

    private Found? Best(IEnumerable<(int Width, int Height)> tiles, double least)
    {
        Found? best = null;
        foreach ((int w, int h) in tiles)
        {
            Evidence evidence = Judge(w, h, 0);
            if (best is null || evidence.Total > best.Evidence.Total) best = new Found(w, h, evidence);
        }
        if (best is not { } b || b.Evidence.Total < least || b.Evidence.Rank < LeastRank || b.Evidence.Axis < LeastOfAxis) return null;
        for (int moved = LeastMoved; moved <= MostMoved; moved++)
        {
            double aside = Math.Max(Judge(b.Width, b.Height, moved).Total, Judge(b.Width, b.Height, -moved).Total);
            if (aside > b.Evidence.Total - LeastAboveMoved) return null;
        }
        return b;
    }

    private Evidence Judge(int w, int h, int moved)
    {
        int[] across = Lines(w, width, moved), down = Lines(h, height, moved);
        (double Out, double Rank)[] x = Stretches(columns, across, [0, .. down, height]), y = Stretches(rows, down, [0, .. across, width]);
        if (x.Length == 0 || y.Length == 0) return default;
        double outX = x.Average(s => s.Out), outY = y.Average(s => s.Out);
        int count = x.Length + y.Length;
        return new Evidence(((x.Length * outX + y.Length * outY) / count - Chance) * Math.Sqrt(count),
            x.Concat(y).Average(s => s.Rank), Math.Min(outX, outY));
    }

    private static (double Out, double Rank)[] Stretches(StepField field, int[] lines, int[] edges)
        => [.. lines.SelectMany(l => field.Stretches(l, edges)).Select(s => (Math.Min(s.Out, Most), s.Rank))];

    private static int[] Lines(int tile, int length, int moved)
        => [.. Enumerable.Range(1, length / tile).Select(n => n * tile).Where(p => p < length - Margin).Select(p => p + moved)
            .Where(p => p >= Margin && p < length - Margin)];

    private TileSeams Seams(Found found)
    {
        return new TileSeams([.. Lines(found.Width, width, 0).Select(p => Line(p, true))],
            [.. Lines(found.Height, height, 0).Select(p => Line(p, false))]);

        // The middle half of the steps along it, in stretches as long as a tile: their signs differ.
        SeamLine Line(int position, bool vertical)
        {
            (int length, int tile) = vertical ? (height, found.Height) : (width, found.Width);
            double[] jumps = [.. from start in Enumerable.Range(0, length / tile).Select(n => n * tile)
                                 from plane in planes
                                 let steps = Enumerable.Range(start, tile).Select(k => TileSeams.Step(plane, position, k, vertical)).Order()
                                 select Math.Abs(Distribution.Percentile([.. steps], 0.5))];
            return new SeamLine(position, jumps.Average(), 1);
        }
    }

    private sealed record Found(int Width, int Height, Evidence Evidence);

    // How far all stretches stand out together, the mean share of lines beside them that have less, and the weaker of the two directions.
    private readonly record struct Evidence(double Total, double Rank, double Axis);
}
