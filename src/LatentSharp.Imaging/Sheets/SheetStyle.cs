using LatentSharp.Tensors;

namespace LatentSharp.Imaging.Sheets;

/// <summary>The look that all sheets share: one dark ground, two strengths of text, distances in multiples of one unit.</summary>
internal readonly record struct SheetStyle(float Unit)
{
    public static readonly Rgb Ground = Rgb.Hex(0x14161A);
    public static readonly Rgb Rule = Rgb.Hex(0x2C3038);
    public static readonly Rgb Strong = Rgb.Hex(0xF1F3F5);
    public static readonly Rgb Weak = Rgb.Hex(0x9AA3AE);

    /// <summary>Text and distances that suit panels of the given width in pixels.</summary>
    public static SheetStyle For(int panelWidth) => new(Math.Clamp(panelWidth / 400f, 1f, 8f));

    /// <summary>The distance between panels and to the edge.</summary>
    public int Gap => Pixels(14);

    /// <summary>A whole number of pixels for a number of units.</summary>
    public int Pixels(double units) => Math.Max(1, (int)Math.Round(units * Unit));

    /// <summary>
    /// How often a small picture's pixels are repeated each way so that it is at least <paramref name="least"/> pixels wide or high.
    /// </summary>
    public static int Zoom(int width, int height, int least) => Math.Max(1, (int)Math.Ceiling(least / (double)Math.Max(width, height)));
}
