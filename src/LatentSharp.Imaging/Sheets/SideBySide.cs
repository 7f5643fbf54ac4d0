namespace LatentSharp.Imaging.Sheets;

/// <summary>Pictures in a row, each under its caption.</summary>
public static class SideBySide
{
    private const int LeastPanel = 256;

    /// <summary>
    /// Draws the panels from left to right. Pictures are enlarged by the largest whole factor that keeps them within the largest picture,
    /// or by what brings that one to 256 pixels; pixels are repeated, never blended.
    /// </summary>
    /// <param name="panels">At least one.</param>
    /// <exception cref="ArgumentException">There is no panel, or one holds several pictures.</exception>
    public static ImageTensor Render(params IReadOnlyList<SheetPanel> panels) => Draw(panels).Image;

    /// <summary>The same in rows, one below the other.</summary>
    /// <param name="panels">At least one.</param>
    /// <param name="inRow">The panels of a row; the last one may have fewer.</param>
    /// <exception cref="ArgumentException">There is no panel, or one holds several pictures.</exception>
    public static ImageTensor RenderRows(IReadOnlyList<SheetPanel> panels, int inRow)
    {
        ArgumentNullException.ThrowIfNull(panels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inRow);
        if (panels.Count <= inRow) return Render(panels);
        ImageTensor[] rows = [.. panels.Chunk(inRow).Select(row => Render(row))];
        var sheet = new Canvas(rows.Max(r => r.Width), rows.Sum(r => r.Height), SheetStyle.Ground);
        int top = 0;
        foreach (ImageTensor row in rows)
        {
            sheet.Paste(row, 0, top, 1);
            top += row.Height;
        }
        return sheet.Image;
    }

    private static Canvas Draw(IReadOnlyList<SheetPanel> panels)
    {
        ArgumentNullException.ThrowIfNull(panels);
        if (panels.Count == 0) throw new ArgumentException("at least one panel is needed", nameof(panels));
        if (panels.Any(p => p.Image.Batch != 1)) throw new ArgumentException("each panel takes one picture; use ImageTensor.Slice", nameof(panels));
        int largest = panels.Max(p => Math.Max(p.Image.Width, p.Image.Height) * SheetStyle.Zoom(p.Image.Width, p.Image.Height, LeastPanel));
        int[] zooms = [.. panels.Select(p => largest / Math.Max(p.Image.Width, p.Image.Height))];
        int[] widths = [.. panels.Select((p, i) => p.Image.Width * zooms[i])];
        SheetStyle style = SheetStyle.For(widths.Min());
        bool details = panels.Any(p => p.Detail is not null);
        int head = style.Pixels(details ? 44 : 28), gap = style.Gap;
        var canvas = new Canvas(widths.Sum() + gap * (panels.Count + 1),
            head + gap + panels.Select((p, i) => p.Image.Height * zooms[i]).Max(), SheetStyle.Ground);
        int x = gap;
        for (int i = 0; i < panels.Count; i++)
        {
            canvas.Text(StrokeFont.Fit(panels[i].Caption, style.Unit, widths[i]), x + style.Unit, style.Pixels(20), style.Unit,
                SheetStyle.Strong);
            if (panels[i].Detail is { } detail)
                canvas.Text(StrokeFont.Fit(detail, style.Unit * 0.8f, widths[i]), x + style.Unit, style.Pixels(37), style.Unit * 0.8f,
                    SheetStyle.Weak);
            canvas.Paste(panels[i].Image, x, head, zooms[i]);
            x += widths[i] + gap;
        }
        return canvas;
    }
}
