using System.Globalization;

namespace LatentSharp.Imaging.Sheets;

/// <summary>The same small square of several pictures, enlarged: what happens where the error is largest.</summary>
public static class DetailSheet
{
    /// <summary>Cuts out the square where <paramref name="map"/> is worst and shows it from each panel, pixels repeated.</summary>
    /// <param name="map">Says where to look.</param>
    /// <param name="size">The side of the square in pixels, 64 as a rule.</param>
    /// <param name="panels">Pictures of the size of the map.</param>
    /// <exception cref="ArgumentException">A panel has another size than the map.</exception>
    public static ImageTensor Render(ErrorMap map, int size, params IReadOnlyList<SheetPanel> panels)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(panels);
        if (panels.Any(p => p.Image.Width != map.Map.Width || p.Image.Height != map.Map.Height))
            throw new ArgumentException($"every panel has to be of the size of the error map, {map.Map.Width} x {map.Map.Height}", nameof(panels));
        (int x, int y) = map.WorstSquare(size);
        int width = Math.Min(size, map.Map.Width), height = Math.Min(size, map.Map.Height);
        string place = string.Create(CultureInfo.InvariantCulture, $"{width} × {height} pixels at ({x}, {y})");
        return SideBySide.Render([.. panels.Select(p => new SheetPanel(p.Caption, Cut(p.Image, x, y, width, height), p.Detail ?? place))]);
    }

    private static ImageTensor Cut(ImageTensor picture, int x, int y, int width, int height)
    {
        var cut = new ImageTensor(1, height, width);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int row = 0; row < height; row++)
                picture.Plane(0, c).Slice((y + row) * picture.Width + x, width).CopyTo(cut.Plane(0, c)[(row * width)..]);
        return cut;
    }
}
