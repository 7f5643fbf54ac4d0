using System.Globalization;
using LatentSharp.Tensors;

namespace LatentSharp.Imaging.Sheets;

/// <summary>
/// All channels of a latent as a contact sheet: blue below zero, grey at zero, yellow above, each channel scaled by its own largest
/// magnitude.
/// </summary>
public static class LatentSheet
{
    private const int LeastTile = 160;

    /// <summary>Draws the channels of one picture's latent.</summary>
    /// <param name="latent">The latent, in diffusion space.</param>
    /// <param name="image">Which picture of the batch.</param>
    /// <param name="title">Null for one that names the space and the size.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch has no such picture.</exception>
    public static ImageTensor Render(Latent latent, int image = 0, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(latent);
        ArgumentOutOfRangeException.ThrowIfNegative(image);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(image, latent.Batch);
        int columns = 1;
        while (columns * columns < latent.Channels) columns *= 2;
        int rows = (latent.Channels + columns - 1) / columns;
        int zoom = SheetStyle.Zoom(latent.Width, latent.Height, LeastTile), width = latent.Width * zoom, height = latent.Height * zoom;
        int tile = Math.Max(width, LeastTile * 3 / 4);
        var style = new SheetStyle(Math.Clamp(tile / 190f, 0.85f, 6f));
        int gap = style.Gap, head = style.Pixels(38), label = style.Pixels(22);
        var canvas = new Canvas(gap + columns * (tile + gap), head + rows * (height + label + gap), SheetStyle.Ground);
        title ??= $"{latent.Space.Title} latent · {latent.Channels} channels of {latent.Width} × {latent.Height}";
        float wide = columns * (tile + gap) - gap, large = StrokeFont.Shrink(title, style.Unit * 1.1f, wide);
        canvas.Text(StrokeFont.Fit(title, large, wide), gap + style.Unit, style.Pixels(25), large, SheetStyle.Strong);
        for (int c = 0; c < latent.Channels; c++)
        {
            int x = gap + c % columns * (tile + gap), y = head + c / columns * (height + label + gap);
            ReadOnlySpan<float> plane = latent.Plane(image, c);
            float range = Range(plane);
            for (int row = 0; row < latent.Height; row++)
                for (int column = 0; column < latent.Width; column++)
                {
                    float value = plane[row * latent.Width + column];
                    canvas.Fill(x + column * zoom, y + row * zoom, zoom, zoom,
                        ColourScale.Tone[float.IsFinite(value) ? 0.5f + 0.5f * value / range : float.NaN]);
                }
            string number = c.ToString(CultureInfo.InvariantCulture),
                extent = "±" + range.ToString(range < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
            float baseline = y + height + style.Pixels(16), small = style.Unit * 0.85f;
            canvas.Text(number, x + style.Unit, baseline, small, SheetStyle.Strong);
            canvas.Text(extent, x + tile - StrokeFont.Width(extent, small) - style.Unit, baseline, small, SheetStyle.Weak);
        }
        return canvas.Image;
    }

    // The largest finite magnitude; 1 for a channel of zeros, so that it shows as grey.
    private static float Range(ReadOnlySpan<float> plane)
    {
        float range = 0;
        foreach (float value in plane)
            if (float.IsFinite(value)) range = Math.Max(range, Math.Abs(value));
        return range > 0 ? range : 1;
    }
}
