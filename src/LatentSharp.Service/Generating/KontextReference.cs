using LatentSharp.Datasets.Preprocessing;

namespace LatentSharp.Service.Generating;

/// <summary>
/// Reference pictures as Kontext was trained to see them: of the one of seventeen sizes whose ratio is nearest, resized by Pillow's Lanczos
/// filter (black-forest-labs/flux 802fb47, util.py: PREFERED_KONTEXT_RESOLUTIONS; sampling.py: prepare_kontext).
/// </summary>
internal static class KontextReference
{
    private static readonly Extent[] Sizes =
    [
        new(672, 1568), new(688, 1504), new(720, 1456), new(752, 1392), new(800, 1328), new(832, 1248), new(880, 1184), new(944, 1104),
        new(1024, 1024), new(1104, 944), new(1184, 880), new(1248, 832), new(1328, 800), new(1392, 752), new(1456, 720), new(1504, 688),
        new(1568, 672),
    ];

    /// <summary>The size for a picture; of two that are as near the narrower one.</summary>
    public static PixelSize SizeFor(int width, int height)
    {
        Extent best = Sizes.MinBy(s => Math.Abs((double)width / height - (double)s.Width / s.Height));
        return new PixelSize(best.Width, best.Height);
    }

    /// <summary>The picture in its size.</summary>
    public static ImageTensor Fit(ImageTensor picture)
    {
        PixelSize size = SizeFor(picture.Width, picture.Height);
        return Resize(picture, size.Width, size.Height);
    }

    /// <summary>The picture in any size.</summary>
    internal static ImageTensor Resize(ImageTensor picture, int width, int height)
        => ResizedPicture.Of(picture, width, height, ResampleFilter.Lanczos);
}
