using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Reports;

/// <summary>Pictures made for looking at.</summary>
public static class PictureViews
{
    private const int LargestShown = 512;

    // Black, violet, orange, pale yellow: perceptually even, after the "inferno" map of matplotlib (CC0), sampled at nine places.
    private static readonly (int R, int G, int B)[] Heat = [(0, 0, 4), (27, 12, 65), (74, 12, 107), (120, 28, 109), (165, 44, 96), (207, 68, 70), (237, 105, 37), (251, 155, 6), (252, 255, 164)];

    /// <summary>The CIEDE2000 difference at every pixel as a heat map: black is 0, pale yellow 10 and more.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static ImageTensor ErrorMap(ImageTensor reference, ImageTensor picture)
        => HeatMap(Ciede2000.Map(PicturePlanes.Of(reference), PicturePlanes.Of(picture)));

    internal static ImageTensor HeatMap(Plane map)
    {
        ImageTensor view = new(1, map.Height, map.Width);
        for (int i = 0; i < map.Values.Length; i++)
        {
            double position = Math.Clamp(map.Values[i] / 10, 0, 1) * (Heat.Length - 1);
            int below = Math.Min((int)position, Heat.Length - 2);
            double f = position - below;
            view.Plane(0, 0)[i] = Level(Heat[below].R + f * (Heat[below + 1].R - Heat[below].R));
            view.Plane(0, 1)[i] = Level(Heat[below].G + f * (Heat[below + 1].G - Heat[below].G));
            view.Plane(0, 2)[i] = Level(Heat[below].B + f * (Heat[below + 1].B - Heat[below].B));
        }
        return view;
    }

    /// <summary>All channels of a latent side by side as grey pictures: grey is zero, black and white are -3 and 3.</summary>
    public static ImageTensor ChannelSheet(Latent latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        const int Gap = 1;
        int columns = (int)Math.Ceiling(Math.Sqrt(latent.Channels)), rows = (latent.Channels + columns - 1) / columns;
        ImageTensor sheet = new(1, rows * (latent.Height + Gap) - Gap, columns * (latent.Width + Gap) - Gap);
        Array.Fill(sheet.Values, 1);
        for (int c = 0; c < latent.Channels; c++)
        {
            int top = c / columns * (latent.Height + Gap), left = c % columns * (latent.Width + Gap);
            ReadOnlySpan<float> plane = latent.Plane(0, c);
            for (int y = 0; y < latent.Height; y++)
                for (int x = 0; x < latent.Width; x++)
                {
                    float v = Math.Clamp(plane[y * latent.Width + x] / 3, -1, 1);
                    for (int k = 0; k < 3; k++) sheet.Plane(0, k)[(top + y) * sheet.Width + left + x] = v;
                }
        }
        return sheet;
    }

    /// <summary>Pictures one below the other, left-aligned on black.</summary>
    public static ImageTensor Stacked(IReadOnlyList<ImageTensor> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ImageTensor all = new(1, rows.Sum(r => r.Height), rows.Max(r => r.Width));
        Array.Fill(all.Values, -1);
        int top = 0;
        foreach (ImageTensor row in rows)
        {
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < row.Height; y++) row.Plane(0, c).Slice(y * row.Width, row.Width).CopyTo(all.Plane(0, c)[((top + y) * all.Width)..]);
            top += row.Height;
        }
        return all;
    }

    /// <summary>A picture small enough for a page: halved until no side exceeds 1024, then cut to its middle 512 pixels, so that single pixels can be judged.</summary>
    internal static ImageTensor Shown(ImageTensor image)
    {
        PicturePlanes p = PicturePlanes.Of(image);
        Plane[] planes = [p.Red, p.Green, p.Blue];
        while (Math.Max(planes[0].Height, planes[0].Width) > 2 * LargestShown) planes = [.. planes.Select(SeparableFilter.Halved)];
        int height = Math.Min(LargestShown, planes[0].Height), width = Math.Min(LargestShown, planes[0].Width);
        int top = (planes[0].Height - height) / 2, left = (planes[0].Width - width) / 2;
        ImageTensor shown = new(1, height, width);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) shown.Plane(0, c)[y * width + x] = Level(planes[c][top + y, left + x]);
        return shown;
    }

    /// <summary>Share of the pixels with a difference in [i/4, (i+1)/4) for 40 steps; the last one takes all above.</summary>
    internal static double[] Histogram(Plane map)
    {
        double[] shares = new double[40];
        foreach (double v in map.Values) shares[Math.Min(39, (int)(v * 4))]++;
        for (int i = 0; i < shares.Length; i++) shares[i] = MetricCatalogue.Rounded(shares[i] / map.Values.Length);
        return shares;
    }

    private static float Level(double level) => (float)(level / 127.5 - 1);
}
