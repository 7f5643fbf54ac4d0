using NetVips;

namespace LatentSharp.Imaging;

/// <summary>Decodes an opened picture: limits, profile, channels, orientation, alpha, in this order.</summary>
internal static class PictureDecoder
{
    public static PictureInfo Inspect(PictureSource source)
    {
        Image image = source.Image;
        int frames = image.Contains("n-pages") && image.Get("n-pages") is int n ? Math.Max(n, 1)
            : PictureSignature.AnimatedPngFrames(source.Head);
        int orientation = image.Contains("orientation") && image.Get("orientation") is int o and >= 1 and <= 8 ? o : 1;
        string? profile = image.Contains(IccProfile.Field) ? IccProfile.NameOf((byte[])image.Get(IccProfile.Field)) : null;
        int bits = image.Format switch
        {
            Enums.BandFormat.Uchar or Enums.BandFormat.Char => 8,
            Enums.BandFormat.Ushort or Enums.BandFormat.Short => 16,
            Enums.BandFormat.Double => 64,
            _ => 32,
        };
        return new PictureInfo(source.Format, image.Width, image.Height, bits, Colours(image), frames, orientation, profile)
        {
            Signalling = source.Format == PictureFormat.Png ? PngColours.Of(source.Head).Said() : null,
        };
    }

    public static Picture Decode(PictureSource source, PictureOptions options) => Decode(source, options, []);

    private static Picture Decode(PictureSource source, PictureOptions options, List<string> notes)
    {
        PictureInfo info = Inspect(source);
        long pixels = (long)info.Width * info.Height;
        if (pixels <= 0)
            throw new LatentSharpException(ErrorKind.BadInput, source.Name, $"the picture has {info.Width} x {info.Height} pixels.");
        if (pixels > options.MaximumPixels)
            throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                $"the picture has {info.Width} x {info.Height} = {pixels:N0} pixels; the limit is {options.MaximumPixels:N0}.",
                "Shrink it or cut it up.");
        if (pixels > Array.MaxLength / 4)
            throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                $"the picture has {info.Width} x {info.Height} pixels, more than one array holds ({Array.MaxLength / 4:N0}).", "Shrink it or cut it up.");
        if (info.Frames > 1)
            notes.Add(source.Format == PictureFormat.Tiff ? $"the first of {info.Frames} pages was taken" : $"the first of {info.Frames} frames was taken");
        try
        {
            using Image read = ToRgb(source, info, notes);
            // Decoders give rows once; for alpha besides they have to stay.
            using Image colours = options.KeepOpacity ? read.CopyMemory() : read;
            int orientation = options.AsStored ? 1 : info.Orientation;
            if (orientation != 1) notes.Add($"turned upright ({PixelOrder.Describe(orientation)})");
            int alpha = colours.Bands is 2 or 4 ? colours.Bands - 1 : -1;
            bool transparent = false;
            (byte, byte, byte)? background = options.DropAlpha ? null : options.Background;
            byte[]? opacity = options.KeepOpacity && alpha >= 0 ? Opacity(colours, alpha, orientation) : null;
            ImageTensor tensor = colours.Format == Enums.BandFormat.Ushort
                ? PixelOrder.ToTensor(colours.WriteToMemory<ushort>(), colours, orientation, background,
                    static v => v / 32767.5f - 1f, 1f / 65535f, out transparent)
                : PixelOrder.ToTensor(colours.WriteToMemory<byte>(), colours, orientation, background, static v => v / 127.5f - 1f,
                    1f / 255f, out transparent);
            if (alpha >= 0)
                notes.Add(options.DropAlpha ? "the alpha channel was dropped" : transparent
                    ? $"transparency composited on the background #{options.Background.Red:X2}{options.Background.Green:X2}{options.Background.Blue:X2}"
                    : "the alpha channel is opaque everywhere and was dropped");
            if (source.Format == PictureFormat.Jpeg && JpegScans.AreMissing(source.OpenFile()))
                notes.Add("the last scans of this progressive JPEG are missing: it was cut short, and its fine detail is lost");
            return new Picture(tensor, info, notes) { Opacity = opacity };
        }
        catch (VipsException e)
        {
            if (notes.Contains(JpegWarning.Passed) || !JpegWarning.IsHarmless(source.Format, e.Message)) throw source.Damaged(e);
            source.Restart();
            return Decode(source, options, [JpegWarning.Passed]);
        }
    }

    private static byte[] Opacity(Image colours, int band, int orientation)
    {
        using Image alpha = colours.ExtractBand(band);
        using Image levels = alpha.Format == Enums.BandFormat.Ushort ? alpha.Cast(Enums.BandFormat.Uchar, shift: true) : alpha.Copy();
        return PixelOrder.Upright(levels.WriteToMemory<byte>(), alpha.Width, alpha.Height, orientation);
    }

    /// <summary>One, two (grey), three or four (RGB) bands of 8 or 16 bits, sRGB-encoded.</summary>
    private static Image ToRgb(PictureSource source, PictureInfo info, List<string> notes)
    {
        Image image = source.Image;
        bool cmyk = image.Interpretation == Enums.Interpretation.Cmyk;
        if (cmyk)
        {
            notes.Add(info.Profile is null ? "CMYK without a profile, converted to sRGB by a generic press profile"
                : $"CMYK ({info.Profile}) converted to sRGB");
            return CheckedBands(source,
                image.IccTransform("srgb", intent: Enums.Intent.Relative, blackPointCompensation: true, embedded: true,
                    inputProfile: "cmyk", depth: 16));
        }
        if (source.Format == PictureFormat.Png && IsPlain(image) && PngColours.Of(source.Head).ToSrgb(image, notes) is { } signalled)
            return CheckedBands(source, signalled);
        if (info.Profile is not null && IsPlain(image) && Convert(image, info.Profile, notes) is { } converted)
            return CheckedBands(source, converted);
        if (IsPlain(image)) return CheckedBands(source, image.Copy());
        if (image.Interpretation is Enums.Interpretation.Scrgb)
        {
            notes.Add("linear floating-point colours converted to sRGB, values outside [0, 1] cut off");
            return CheckedBands(source, image.Colourspace(Enums.Interpretation.Rgb16));
        }
        if (image.Interpretation is Enums.Interpretation.Lab or Enums.Interpretation.Labs or Enums.Interpretation.Labq
            or Enums.Interpretation.Xyz)
        {
            notes.Add("CIE Lab colours converted to sRGB");
            return CheckedBands(source, image.Colourspace(Enums.Interpretation.Rgb16));
        }
        throw new LatentSharpException(ErrorKind.BadInput, source.Name,
            $"the {info.Format.Name} picture stores {info.Colours} as {image.Format} samples; 8 or 16 bits of grey, RGB or CMYK are read.",
            "Convert it to a 16-bit PNG or TIFF.");
    }

    private static Image? Convert(Image image, string profile, List<string> notes)
    {
        int channels = image.Bands < 3 ? 1 : 3;
        byte[] bytes = (byte[])image.Get(IccProfile.Field);
        string? defect = IccProfile.Defect(bytes, channels);
        if (defect is null)
        {
            try
            {
                if (!IccProfile.IsStandard(bytes, channels))
                {
                    Image converted = image.IccTransform("srgb", intent: Enums.Intent.Relative, blackPointCompensation: true,
                        embedded: true, depth: 16);
                    notes.Add($"colour profile \"{profile}\" converted to sRGB");
                    return converted;
                }
                if (!profile.Contains("sRG", StringComparison.OrdinalIgnoreCase)) notes.Add($"colour profile \"{profile}\" is the same as sRGB");
                return null;
            }
            catch (VipsException)
            {
                defect = "cannot be used";
            }
        }
        notes.Add($"the embedded colour profile \"{profile}\" {defect}; the colours were taken as sRGB");
        return null;
    }

    private static Image CheckedBands(PictureSource source, Image image)
    {
        if (image.Bands <= 4 && image.Format is Enums.BandFormat.Uchar or Enums.BandFormat.Ushort) return image;
        int bands = image.Bands;
        image.Dispose();
        throw new LatentSharpException(ErrorKind.BadInput, source.Name,
            $"the picture has {bands} channels; grey, RGB or CMYK with at most one alpha channel was expected.", "Convert it to RGB.");
    }

    private static bool IsPlain(Image image) => image.Format is Enums.BandFormat.Uchar or Enums.BandFormat.Ushort
        && image.Interpretation is Enums.Interpretation.Srgb or Enums.Interpretation.Rgb or Enums.Interpretation.Rgb16
        or Enums.Interpretation.Bw or Enums.Interpretation.Grey16 or Enums.Interpretation.Multiband;

    private static string Colours(Image image) => (image.Interpretation, image.Bands) switch
    {
        (Enums.Interpretation.Cmyk, 4) => "CMYK",
        (Enums.Interpretation.Cmyk, _) => "CMYK with alpha",
        (Enums.Interpretation.Lab or Enums.Interpretation.Labs or Enums.Interpretation.Labq, _) => "Lab",
        (_, 1) => "grey",
        (_, 2) => "grey with alpha",
        (_, 3) => "RGB",
        (_, 4) => "RGB with alpha",
        (_, int bands) => $"{bands} channels",
    };
}
