using LatentSharp.Imaging.Metadata;
using NetVips;

namespace LatentSharp.Imaging;

/// <summary>Image tensors to the bytes of picture files.</summary>
internal static class PictureEncoder
{
    /// <summary>Clamps, rounds to nearest even and encodes. Sizes and options are checked by the caller.</summary>
    /// <exception cref="VipsException">The native library has no such encoder, or the picture is too large for the format.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static byte[] Encode(ImageTensor image, PictureFormat format, PictureSaveOptions options, CancellationToken cancellationToken)
    {
        using Image pixels = options.Bits == 16
            ? Interleave<ushort>(image, Enums.BandFormat.Ushort,
                static v => (ushort)MathF.Round(Math.Clamp(v * 0.5f + 0.5f, 0f, 1f) * 65535f), cancellationToken)
            : Interleave<byte>(image, Enums.BandFormat.Uchar, ImageTensor.ToByte, cancellationToken);
        using Image rgb = pixels.Copy(interpretation: options.Bits == 16 ? Enums.Interpretation.Rgb16 : Enums.Interpretation.Srgb);
        // The native library asks this image for its rows, and gives up when it refuses.
        using CancellationTokenRegistration ended = cancellationToken.Register(() => rgb.SetKill(true));
        try
        {
            return Packed(rgb, format, options);
        }
        catch (VipsException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private static byte[] Packed(Image rgb, PictureFormat format, PictureSaveOptions options)
    {
        string? profile = options.EmbedProfile ? "srgb" : null;
        Enums.ForeignKeep keep = options.EmbedProfile ? Enums.ForeignKeep.Icc : Enums.ForeignKeep.None;
        int quality = options.Quality;
        if (format == PictureFormat.Png)
            return PngTextWriter.With(rgb.PngsaveBuffer(compression: 6, filter: Enums.ForeignPngFilter.All, keep: keep, profile: profile),
                options.Texts);
        if (format == PictureFormat.Jpeg)
            return rgb.JpegsaveBuffer(q: quality, optimizeCoding: true, subsampleMode: Enums.ForeignSubsample.Off, keep: keep,
                profile: profile);
        if (format == PictureFormat.WebP)
            return rgb.WebpsaveBuffer(q: quality, lossless: options.Lossless, smartSubsample: true, keep: keep, profile: profile);
        if (format == PictureFormat.Tiff)
            return rgb.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate, predictor: Enums.ForeignTiffPredictor.Horizontal,
                keep: keep, profile: profile);
        if (format == PictureFormat.Avif)
            return rgb.HeifsaveBuffer(q: quality, lossless: options.Lossless, compression: Enums.ForeignHeifCompression.Av1,
                subsampleMode: Enums.ForeignSubsample.Off, keep: keep, profile: profile);
        throw new ArgumentException($"{format.Name} is not written", nameof(format));
    }

    private static Image Interleave<T>(ImageTensor image, Enums.BandFormat format, Func<float, T> level,
        CancellationToken cancellationToken) where T : unmanaged
    {
        float[] values = image.Values;
        int width = image.Width, plane = image.Height * width;
        var pixels = new T[(long)plane * 3];
        Parallel.For(0, image.Height, new ParallelOptions { CancellationToken = cancellationToken }, y =>
        {
            for (int i = y * width; i < (y + 1) * width; i++)
                for (int c = 0; c < 3; c++) pixels[i * 3 + c] = level(values[c * plane + i]);
        });
        return Image.NewFromMemory(pixels, image.Width, image.Height, 3, format);
    }
}
