using LatentSharp.Datasets.Preprocessing;

namespace LatentSharp.Service.Generating;

/// <summary>Pictures as Pillow resizes them: levels of 8 bits, the whole picture whatever its ratio was.</summary>
internal static class ResizedPicture
{
    /// <summary>The picture in another size.</summary>
    public static ImageTensor Of(ImageTensor picture, int width, int height, ResampleFilter filter)
    {
        Extent from = new(picture.Width, picture.Height), to = new(width, height);
        return from == to ? picture : Pixels.Of(picture).Placed(Placement.Middle(from, to, to, filter)).ToImage();
    }

    /// <summary>
    /// As SigLIP sees it: a square by the bicubic filter, in [-1, 1] (transformers, image_processing_siglip.py: size, BICUBIC, a mean and a
    /// deviation of 0.5).
    /// </summary>
    public static ImageTensor ForSiglip(ImageTensor picture, int side) => Of(picture, side, side, ResampleFilter.Bicubic);
}
