namespace LatentSharp.Tests.Rooms;

/// <summary>
/// Places what is connected by arrows in rows, so that all arrows lead down: a row holds what is equally far from the bottom, arrows that
/// skip rows keep a gap free in each (Sugiyama, Tagawa and Toda 1981), and the order within a row follows the mean place of its neighbours.
/// </summary>
internal sealed class LayeredLayout
{
    private const int Sweeps = 24;
    private const double Gap = 18, LaneWidth = 10;
    private readonly Dictionary<string, List<Spot>> lanes = [];

    public LayeredLayout(IReadOnlyList<(string Name, string[] Uses)> things, double width, double boxWidth)
    {
        Dictionary<string, int> depth = [];
        int Depth(string name)
            => depth.TryGetValue(name, out int d) ? d
            : depth[name] = things.Single(t => t.Name == name).Uses.Select(u => Depth(u) + 1).DefaultIfEmpty(0).Max();
        Rows = [.. Enumerable.Range(0, things.Max(t => Depth(t.Name)) + 1).Select(_ => new List<Spot>())];
        Dictionary<string, Spot> boxes = [];
        foreach ((string name, _) in things) Rows[Depth(name)].Add(boxes[name] = new Spot(name, Depth(name)) { Width = boxWidth });
        foreach ((string name, string[] uses) in things)
            foreach (string used in uses)
            {
                List<Spot> lane = [boxes[name]];
                for (int row = Depth(name) - 1; row > Depth(used); row--)
                {
                    var spot = new Spot(null, row) { Width = LaneWidth };
                    Rows[row].Add(spot);
                    lane.Add(spot);
                }
                lane.Add(boxes[used]);
                lanes[$"{name} {used}"] = lane;
                for (int i = 1; i < lane.Count; i++)
                {
                    lane[i - 1].Below.Add(lane[i]);
                    lane[i].Above.Add(lane[i - 1]);
                }
            }
        foreach (List<Spot> row in Rows) Spread(row, width);
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            foreach (List<Spot> row in sweep % 2 == 0 ? Rows : Rows.AsEnumerable().Reverse())
            {
                Dictionary<Spot, double> wanted = row.ToDictionary(s => s, s => Mean(sweep % 2 == 0 ? s.Below : s.Above, s.X));
                row.Sort((a, b) => wanted[a] != wanted[b] ? wanted[a].CompareTo(wanted[b]) : string.CompareOrdinal(a.Name, b.Name));
                Spread(row, width);
            }
        }
    }

    /// <summary>The rows, the lowest first.</summary>
    public List<List<Spot>> Rows { get; }

    /// <summary>The places that an arrow goes through, from its beginning to its end.</summary>
    public List<Spot> Lane(string from, string to) => lanes[$"{from} {to}"];

    private static double Mean(List<Spot> neighbours, double otherwise) => neighbours.Count == 0 ? otherwise : neighbours.Average(n => n.X);

    private static void Spread(List<Spot> row, double width)
    {
        double free = width - row.Sum(s => s.Width), gap = Math.Min(free / (row.Count + 1), Gap * 4);
        double x = (width - row.Sum(s => s.Width) - (gap * (row.Count - 1))) / 2;
        foreach (Spot spot in row)
        {
            spot.X = x + (spot.Width / 2);
            x += spot.Width + gap;
        }
    }

    /// <summary>A box, or where an arrow passes a row (without a name).</summary>
    internal sealed class Spot(string? name, int row)
    {
        public string? Name => name;
        public int Row => row;
        public double X { get; set; }
        public double Width { get; init; }
        public List<Spot> Above { get; } = [];
        public List<Spot> Below { get; } = [];
    }
}
