using LatentSharp.Tensors;

namespace LatentSharp.Imaging.Sheets;

/// <summary>A picture to draw on. Coordinates are pixels, the origin is the upper left corner; what lies outside is not drawn.</summary>
internal sealed class Canvas
{
    private const float DotWeight = 1.4f;

    private readonly int width, height;

    public Canvas(int width, int height, Rgb ground)
    {
        (this.width, this.height) = (width, height);
        Image = new ImageTensor(1, height, width);
        Fill(0, 0, width, height, ground);
    }

    public ImageTensor Image { get; }

    public void Fill(int x, int y, int w, int h, Rgb colour)
    {
        for (int row = Math.Max(y, 0); row < Math.Min(y + h, height); row++)
            for (int column = Math.Max(x, 0); column < Math.Min(x + w, width); column++) Set(column, row, colour);
    }

    public void Set(int x, int y, Rgb colour)
    {
        if (x < 0 || y < 0 || x >= width || y >= height) return;
        int at = y * width + x;
        (Image.Plane(0, 0)[at], Image.Plane(0, 1)[at], Image.Plane(0, 2)[at]) =
            (colour.Red * 2 - 1, colour.Green * 2 - 1, colour.Blue * 2 - 1);
    }

    /// <summary>Mixes a colour in; <paramref name="coverage"/> 1 replaces what is there.</summary>
    public void Mix(int x, int y, Rgb colour, float coverage)
    {
        if (x < 0 || y < 0 || x >= width || y >= height || coverage <= 0) return;
        int at = y * width + x;
        ReadOnlySpan<float> target = [colour.Red, colour.Green, colour.Blue];
        for (int c = 0; c < 3; c++)
        {
            ref float value = ref Image.Plane(0, c)[at];
            value += (target[c] * 2 - 1 - value) * coverage;
        }
    }

    /// <summary>Copies a picture, each pixel repeated <paramref name="zoom"/> times each way; values are copied unclamped.</summary>
    public void Paste(ImageTensor picture, int x, int y, int zoom)
    {
        for (int c = 0; c < 3; c++)
        {
            ReadOnlySpan<float> from = picture.Plane(0, c);
            Span<float> to = Image.Plane(0, c);
            for (int row = Math.Max(0, -y); row < Math.Min(picture.Height * zoom, height - y); row++)
            {
                ReadOnlySpan<float> line = from.Slice(row / zoom * picture.Width, picture.Width);
                for (int column = Math.Max(0, -x); column < Math.Min(picture.Width * zoom, width - x); column++)
                    to[(y + row) * width + x + column] = line[column / zoom];
            }
        }
    }

    /// <summary>Writes a line of text. Returns its width in pixels.</summary>
    /// <param name="text">Characters that the font lacks become boxes.</param>
    /// <param name="x">The left edge.</param>
    /// <param name="baseline">The row that letters stand on.</param>
    /// <param name="unit">Pixels for a twelfth of the height of a capital letter.</param>
    /// <param name="colour">The colour of the strokes.</param>
    public float Text(string text, float x, float baseline, float unit, Rgb colour)
    {
        float radius = Math.Max(0.72f * unit, 0.55f);
        float left = x;
        foreach (char character in text)
        {
            StrokeGlyph glyph = StrokeFont.Glyph(character);
            foreach ((float x0, float y0, float x1, float y1) in glyph.Segments)
                Stroke(left + x0 * unit, baseline + (y0 - StrokeFont.CapHeight) * unit, left + x1 * unit,
                    baseline + (y1 - StrokeFont.CapHeight) * unit, (x0, y0) == (x1, y1) ? radius * DotWeight : radius, colour);
            left += glyph.Advance * unit;
        }
        return left - x;
    }

    // A round-ended line: the share of a pixel that is covered is taken from the distance of its centre to the line.
    private void Stroke(float x0, float y0, float x1, float y1, float radius, Rgb colour)
    {
        float reach = radius + 1, dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
        for (int y = (int)MathF.Floor(Math.Min(y0, y1) - reach); y <= Math.Max(y0, y1) + reach; y++)
            for (int x = (int)MathF.Floor(Math.Min(x0, x1) - reach); x <= Math.Max(x0, x1) + reach; x++)
            {
                float px = x + 0.5f - x0, py = y + 0.5f - y0;
                float t = length2 > 0 ? Math.Clamp((px * dx + py * dy) / length2, 0, 1) : 0;
                float distance = MathF.Sqrt((px - t * dx) * (px - t * dx) + (py - t * dy) * (py - t * dy));
                Mix(x, y, colour, Math.Clamp(radius + 0.5f - distance, 0, 1));
            }
    }
}
