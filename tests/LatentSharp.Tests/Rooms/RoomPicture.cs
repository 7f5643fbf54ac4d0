using System.Text;
using static LatentSharp.Quality.Metrics.Figures;

namespace LatentSharp.Tests.Rooms;

/// <summary>
/// The picture of the rooms: the assemblies above, the core library's rooms in a frame below them; what others reach without the arrow is
/// not drawn.
/// </summary>
internal static class RoomPicture
{
    private const double Width = 1060, Margin = 24, BoxWidth = 178, BoxHeight = 62, RowHeight = 108;

    public static string Draw(RoomTable table)
    {
        var upper = new LayeredLayout([.. table.Rooms.Where(r => !r.IsCore).Select(r => (r.Name, Drawn(table, r)))],
            Width - (2 * Margin), BoxWidth);
        var core = new LayeredLayout([.. table.Rooms.Where(r => r.IsCore).Select(r => (r.Name, Drawn(table, r)))],
            Width - (4 * Margin), BoxWidth);
        double frameTop = Margin + (upper.Rows.Count * RowHeight) + 6,
            frameHeight = 52 + (core.Rows.Count * RowHeight) - (RowHeight - BoxHeight) + Margin;
        double height = frameTop + frameHeight + Margin;

        var svg = new StringBuilder();
        svg.Append(F($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" "));
        svg.Append("font-family=\"'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif\" role=\"img\" aria-label=\"The rooms of the code, and "
            + "which may use which\">\n");
        svg.Append("<defs><marker id=\"a\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path "
            + "d=\"M0 0 10 5 0 10z\" fill=\"#5b6b7c\"/></marker></defs>\n");
        svg.Append(F($"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"));
        svg.Append(F($"<rect x=\"{Margin}\" y=\"{frameTop}\" width=\"{Width - (2 * Margin)}\" height=\"{frameHeight}\" rx=\"12\" "
            + $"fill=\"#f7fafc\" stroke=\"#b9c7d6\" stroke-width=\"1.5\"/>\n"));
        svg.Append(Text(Margin + 16, frameTop + 26, 13.5, "start", "#35506b",
            "LatentSharp, the core library: no package, no native code, compiles ahead of time", bold: true));
        Arrows(svg, table.Rooms.Where(r => !r.IsCore), upper, Margin, Margin, table, frameTop);
        Arrows(svg, table.Rooms.Where(r => r.IsCore), core, 2 * Margin, frameTop + 52, table, null);
        Boxes(svg, upper, Margin, Margin, table, "#f4effa", "#a58cc4");
        Boxes(svg, core, 2 * Margin, frameTop + 52, table, "#ffffff", "#7ea6cc");
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    // Arrows within the core or within the assemblies that no longer way replaces.
    private static string[] Drawn(RoomTable table, Room room)
    {
        Room[] uses = [.. room.Uses.Select(u => table[u]).Where(u => u.IsCore == room.IsCore)];
        return [.. uses.Where(u => !uses.Any(other => other != u && table.Reachable(other).Contains(u))).Select(u => u.Name)];
    }

    private static void Arrows(StringBuilder svg, IEnumerable<Room> rooms, LayeredLayout layout, double left, double top, RoomTable table,
        double? frame)
    {
        foreach (Room room in rooms)
        {
            string[] drawn = Drawn(table, room);
            foreach (string used in drawn)
            {
                List<LayeredLayout.Spot> lane = layout.Lane(room.Name, used);
                double x = left + Port(lane[0], lane[1], lane[0].Below), y = Y(layout, lane[0], top) + BoxHeight;
                svg.Append(F($"<path d=\"M{x:0.#} {y:0.#}"));
                for (int i = 1; i < lane.Count; i++)
                {
                    bool last = i == lane.Count - 1;
                    double toX = left + (last ? Port(lane[i], lane[i - 1], lane[i].Above) : lane[i].X),
                        toY = Y(layout, lane[i], top) - (last ? 2 : 0);
                    svg.Append(F($" C{x:0.#} {(y + toY) / 2:0.#} {toX:0.#} {(y + toY) / 2:0.#} {toX:0.#} {toY:0.#}"));
                    (x, y) = (toX, toY);
                    if (last) break;
                    y += BoxHeight;
                    svg.Append(F($" V{y:0.#}"));
                }
                svg.Append("\" fill=\"none\" stroke=\"#5b6b7c\" stroke-width=\"1.6\" marker-end=\"url(#a)\"/>\n");
            }
            // Those that lead to no other assembly stand on the core.
            if (frame is { } end && drawn.Length == 0)
            {
                LayeredLayout.Spot box = layout.Rows.SelectMany(r => r).Single(s => s.Name == room.Name);
                svg.Append(F($"<path d=\"M{left + box.X:0.#} {Y(layout, box, top) + BoxHeight:0.#} V{end - 2:0.#}\" fill=\"none\" "
                    + $"stroke=\"#5b6b7c\" stroke-width=\"1.6\" marker-end=\"url(#a)\"/>\n"));
            }
        }
    }

    // Arrows leave and enter a box side by side, in the order of where they lead.
    private static double Port(LayeredLayout.Spot box, LayeredLayout.Spot toward, List<LayeredLayout.Spot> all)
    {
        List<LayeredLayout.Spot> order = [.. all.OrderBy(s => s.X)];
        double step = Math.Min(26, (BoxWidth - 40) / Math.Max(1, order.Count));
        return box.X + ((order.IndexOf(toward) - ((order.Count - 1) / 2.0)) * step);
    }

    private static double Y(LayeredLayout layout, LayeredLayout.Spot spot, double top)
        => top + ((layout.Rows.Count - 1 - spot.Row) * RowHeight);

    private static void Boxes(StringBuilder svg, LayeredLayout layout, double left, double top, RoomTable table, string fill, string stroke)
    {
        foreach (LayeredLayout.Spot spot in layout.Rows.SelectMany(r => r).Where(s => s.Name is not null))
        {
            double x = left + spot.X, y = Y(layout, spot, top);
            svg.Append(F($"<rect x=\"{x - (BoxWidth / 2):0.#}\" y=\"{y:0.#}\" width=\"{BoxWidth}\" height=\"{BoxHeight}\" rx=\"9\" "
                + $"fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>\n"));
            svg.Append(Text(x, y + 20, 14, "middle", "#1d2733",
                table[spot.Name!].Name.Replace("LatentSharp.", "", StringComparison.Ordinal)
                .Replace("Extensions.", "", StringComparison.Ordinal), bold: true));
            string[] lines = Lines(table[spot.Name!].Text);
            for (int i = 0; i < lines.Length; i++) svg.Append(Text(x, y + 37 + (15 * i), 11.5, "middle", "#4a5868", lines[i]));
        }
    }

    // Two lines of nearly the same length.
    private static string[] Lines(string text)
    {
        if (text.Length <= 30) return [text];
        int middle = Enumerable.Range(0, text.Length).Where(i => text[i] == ' ').MinBy(i => Math.Abs(i - (text.Length / 2)));
        return [text[..middle], text[(middle + 1)..]];
    }

    private static string Text(double x, double y, double size, string anchor, string colour, string text, bool bold = false)
        => F($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{(bold ? " font-weight=\"600\"" : "")} "
            + $"fill=\"{colour}\">{text}</text>\n");

}
