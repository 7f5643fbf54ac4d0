using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Service.Generating;

namespace LatentSharp.Server.Foreign;

/// <summary>Pictures and masks that clients of other protocols send.</summary>
internal static class ClientPictures
{
    /// <summary>A picture in base64.</summary>
    internal static ImageTensor Picture(string base64, string where, Workbench bench)
        => Picture(Base64Text.Bytes(base64, where), where, bench);

    /// <summary>A picture file.</summary>
    internal static ImageTensor Picture(byte[] file, string where, Workbench bench, (byte, byte, byte)? background = null)
    {
        PictureInfo info = PictureFile.Inspect(file, where);
        bench.Planned.RequirePixels(1, info.Height, info.Width);
        var options = new PictureOptions { MaximumPixels = bench.Options.MaximumPixels };
        return PictureFile.Load(file, background is { } colour ? options with { Background = colour } : options, where).Image;
    }

    /// <summary>In the size that is asked for; as it is where none is.</summary>
    internal static ImageTensor Sized(ImageTensor image, PixelSize? size)
        => size is { } s ? KontextReference.Resize(image, s.Width, s.Height) : image;

    /// <summary>A grey mask in which white, or with <paramref name="inverted"/> black, is made anew.</summary>
    internal static ImageTensor Grey(byte[] file, string where, Workbench bench, bool inverted)
    {
        ImageTensor mask = Picture(file, where, bench, (0, 0, 0));
        if (inverted)
            foreach (ref float v in mask.Values.AsSpan()) v = -v;
        return mask;
    }

    /// <summary>A mask whose transparent places are made anew: what shows through them of a black and of a white ground tells how
    /// transparent.</summary>
    internal static ImageTensor Transparent(byte[] file, string where, Workbench bench)
    {
        ImageTensor black = Picture(file, where, bench, (0, 0, 0)), white = Picture(file, where, bench, (255, 255, 255));
        for (int i = 0; i < white.Values.Length; i++) white.Values[i] = white.Values[i] - black.Values[i] - 1;
        return white;
    }
}
