using LatentSharp.Imaging.Native;
using NetVips;

namespace LatentSharp.Imaging;

/// <summary>
/// Finds out what a format really can do here: a libvips that knows the operation may still lack the codec behind it
/// (AVIF needs an AV1 encoder and decoder within libheif), so a small picture is encoded and decoded.
/// </summary>
internal static class PictureFormatProbe
{
    private static readonly ImageTensor Sample = new(1, 16, 16);

    public static bool Writes(PictureFormat format) => Encode(format) is not null;

    public static bool Reads(PictureFormat format, string loader)
    {
        if (!VipsLibrary.Has(loader)) return false;
        if (Encode(format) is not { } bytes) return true; // nothing to try it on: the decoder is believed
        try
        {
            using Image image = Image.NewFromBuffer(bytes, failOn: Enums.FailOn.Error);
            return image.WriteToMemory<byte>().Length > 0;
        }
        catch (VipsException)
        {
            return false;
        }
    }

    private static byte[]? Encode(PictureFormat format)
    {
        VipsLibrary.Require();
        try
        {
            return PictureEncoder.Encode(Sample, format, new PictureSaveOptions(), CancellationToken.None);
        }
        catch (VipsException)
        {
            return null;
        }
    }
}
