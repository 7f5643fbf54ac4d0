using System.Collections.Frozen;

namespace LatentSharp.Imaging.Sheets;

/// <summary>
/// A character as line segments, in font units: capitals stand between 0 (top) and <see cref="StrokeFont.CapHeight"/> (baseline).
/// </summary>
internal sealed record StrokeGlyph((float X0, float Y0, float X1, float Y1)[] Segments, float Advance);

/// <summary>
/// A small single-stroke font of this project's own, so that sheets look the same on every machine, whatever fonts are installed.
/// </summary>
internal static class StrokeFont
{
    /// <summary>The height of a capital letter in font units.</summary>
    public const int CapHeight = 12;

    private const float Spacing = 3.4f, SpaceAdvance = 5.2f;
    private const int CurveSteps = 5;

    private static readonly FrozenDictionary<char, StrokeGlyph> Glyphs = Build();
    private static readonly StrokeGlyph Unknown = Parse("00600c6c00 0060 606c", null);

    public static StrokeGlyph Glyph(char character) => Glyphs.GetValueOrDefault(character, Unknown);

    /// <summary>The width of a line in pixels.</summary>
    public static float Width(string text, float unit) => text.Sum(c => Glyph(c).Advance) * unit - (text.Length > 0 ? Spacing * unit : 0);

    /// <summary>
    /// The unit, made smaller where necessary (to 0.6 of it at least) for the text to fit into <paramref name="width"/> pixels.
    /// </summary>
    public static float Shrink(string text, float unit, float width) => unit * Math.Clamp(width / Math.Max(Width(text, unit), 1), 0.6f, 1f);

    /// <summary>The text, shortened with "…" until it is at most <paramref name="width"/> pixels wide.</summary>
    public static string Fit(string text, float unit, float width)
    {
        if (Width(text, unit) <= width) return text;
        for (int length = text.Length - 1; length > 0; length--)
            if (Width(text[..length] + "…", unit) <= width) return text[..length].TrimEnd() + "…";
        return "";
    }

    private static FrozenDictionary<char, StrokeGlyph> Build()
    {
        var glyphs = new Dictionary<char, StrokeGlyph> { [' '] = new StrokeGlyph([], SpaceAdvance) };
        foreach ((char character, string strokes) in StrokeGlyphs.All)
            // Figures share a width, so that columns line up.
            glyphs[character] = Parse(strokes, char.IsAsciiDigit(character) || character is '+' or '−' or '±' ? 6 : null);
        return glyphs.ToFrozenDictionary();
    }

    private static StrokeGlyph Parse(string strokes, float? fixedWidth)
    {
        var segments = new List<(float, float, float, float)>();
        float widest = 0;
        foreach (string stroke in strokes.Split(' '))
        {
            bool curved = stroke[0] == '~';
            string digits = curved ? stroke[1..] : stroke;
            (float X, float Y)[] points =
                [.. Enumerable.Range(0, digits.Length / 2).Select(i => (Digit(digits[2 * i]), Digit(digits[2 * i + 1])))];
            if (curved) points = Curve(points);
            widest = Math.Max(widest, points.Max(p => p.X));
            for (int i = 0; i + 1 < points.Length; i++) segments.Add((points[i].X, points[i].Y, points[i + 1].X, points[i + 1].Y));
        }
        return new StrokeGlyph([.. segments], (fixedWidth ?? widest) + Spacing);
    }

    // A Catmull-Rom spline through the points; it closes where it began.
    private static (float X, float Y)[] Curve((float X, float Y)[] p)
    {
        int last = p.Length - 1;
        bool closed = p[0] == p[last];
        var curve = new List<(float, float)> { p[0] };
        for (int i = 0; i < last; i++)
        {
            (float X, float Y) before = i > 0 ? p[i - 1] : closed ? p[last - 1] : p[0];
            (float X, float Y) after = i + 2 <= last ? p[i + 2] : closed ? p[1] : p[last];
            for (int step = 1; step <= CurveSteps; step++)
            {
                float t = step / (float)CurveSteps;
                curve.Add((Between(before.X, p[i].X, p[i + 1].X, after.X, t), Between(before.Y, p[i].Y, p[i + 1].Y, after.Y, t)));
            }
        }
        return [.. curve];
    }

    private static float Between(float a, float b, float c, float d, float t)
        => 0.5f * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t);

    private static float Digit(char c) => c <= '9' ? c - '0' : c - 'a' + 10;
}
