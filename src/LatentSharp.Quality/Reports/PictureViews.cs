using LatentSharp.Quality.Metrics;
using LatentSharp.Tensors;

namespace LatentSharp.Quality.Reports;

/// <summary>Pictures made for looking at.</summary>
public static class PictureViews
{
    private const int LargestShown = 512;

    /// <summary>The CIEDE2000 difference at every pixel as a heat map: black is 0, pale yellow 10 and more.</summary>
    /// <exception cref="LatentSharp.LatentSharpException">The sizes differ.</exception>
    public static ImageTensor ErrorMap(ImageTensor reference, ImageTensor picture)
        => HeatMap(Ciede2000.Map(PicturePlanes.Of(reference), PicturePlanes.Of(picture)));

    internal static ImageTensor HeatMap(Plane map)
    {
        ImageTensor view = new(1, map.Height, map.Width);
        for (int i = 0; i < map.Values.Length; i++) Paint(view, i, ColourScale.Heat[(float)(map.Values[i] / 10)]);
        return view;
    }

    /// <summary>All channels of a latent side by side: grey is zero, dark blue and pale yellow are -3 and 3.</summary>
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
                    Paint(sheet, (top + y) * sheet.Width + left + x, ColourScale.Tone[0.5f + plane[y * latent.Width + x] / 6]);
        }
        return sheet;
    }

    /// <summary>
    /// A picture small enough for a page: halved until no side exceeds 1024, then cut to its middle 512 pixels, so that single pixels can
    /// be judged.
    /// </summary>
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

    private static void Paint(ImageTensor view, int pixel, Rgb colour)
        => (view.Plane(0, 0)[pixel], view.Plane(0, 1)[pixel], view.Plane(0, 2)[pixel]) =
        (2 * colour.Red - 1, 2 * colour.Green - 1, 2 * colour.Blue - 1);

    private static float Level(double level) => (float)(level / 127.5 - 1);
}
