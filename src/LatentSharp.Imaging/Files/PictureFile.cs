using LatentSharp.Imaging;
using LatentSharp.Imaging.Native;
using LatentSharp.Weights;
using NetVips;

namespace LatentSharp;

/// <summary>
/// Picture files to image tensors and back. Read: PNG, JPEG, WebP, TIFF, AVIF, GIF. Written: PNG, JPEG, WebP, TIFF, AVIF.
/// <see cref="PictureFormat.CanRead"/> and <see cref="PictureFormat.CanWrite"/> tell what the native library at hand supports.
/// </summary>
public static class PictureFile
{
    /// <summary>
    /// Reads a picture as [1, 3, H, W] in [-1, 1]: colours converted to sRGB by the embedded profile, EXIF orientation applied, alpha
    /// composited, grey repeated in three channels, the first frame of several. The format is found by content, not by name.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Background and limits.</param>
    /// <exception cref="LatentSharpException">The file is missing, is no picture, is damaged, truncated or too large.</exception>
    public static Picture Load(string path, PictureOptions? options = null)
    {
        using PictureSource source = PictureSource.Open(path);
        return PictureDecoder.Decode(source, options ?? new PictureOptions());
    }

    /// <summary>
    /// As <see cref="Load(string, PictureOptions?)"/>, from the bytes of a file. They are not kept; a <c>byte[]</c> converts to the
    /// parameter's type.
    /// </summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="options">Background and limits.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="LatentSharpException">The bytes are no picture, are damaged, truncated or too large.</exception>
    public static Picture Load(ReadOnlySpan<byte> bytes, PictureOptions? options = null, string name = PictureSource.Bytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        using PictureSource source = PictureSource.Open(bytes.ToArray(), name);
        return PictureDecoder.Decode(source, options ?? new PictureOptions());
    }

    /// <summary>
    /// As <see cref="Load(string, PictureOptions?)"/>, from a stream: everything from its position to its end is read. The stream stays
    /// open.
    /// </summary>
    /// <param name="stream">A stream that can be read; it need not be able to seek.</param>
    /// <param name="options">Background and limits.</param>
    /// <param name="name">What messages call it; null for its file's name, if it has one, else <c>the stream</c>.</param>
    /// <exception cref="LatentSharpException">The stream fails, or what it holds is no picture, is damaged, truncated or too
    /// large.</exception>
    public static Picture Load(Stream stream, PictureOptions? options = null, string? name = null)
    {
        using PictureSource source = PictureSource.Open(stream, name);
        return PictureDecoder.Decode(source, options ?? new PictureOptions());
    }

    /// <summary>Reads only the header of a picture file.</summary>
    /// <exception cref="LatentSharpException">The file is missing or is no picture.</exception>
    public static PictureInfo Inspect(string path)
    {
        using PictureSource source = PictureSource.Open(path);
        return PictureDecoder.Inspect(source);
    }

    /// <summary>Reads only the header of a picture in memory.</summary>
    /// <exception cref="LatentSharpException">The bytes are no picture.</exception>
    public static PictureInfo Inspect(ReadOnlySpan<byte> bytes, string name = PictureSource.Bytes)
    {
        using PictureSource source = PictureSource.Open(bytes.ToArray(), name);
        return PictureDecoder.Inspect(source);
    }

    /// <summary>
    /// Writes the picture of a tensor of batch 1: values are clamped to [-1, 1], scaled and rounded to nearest (ties to even).
    /// The file appears under its name only when it is complete.
    /// </summary>
    /// <param name="path">The file; its extension names the format unless the options do.</param>
    /// <param name="image">[1, 3, H, W], sRGB in [-1, 1].</param>
    /// <param name="options">Format, bits and quality.</param>
    /// <param name="cancellationToken">Ends it, with PNG, TIFF and JPEG within a few rows, with WebP and AVIF before they are packed; then
    /// there is no file.</param>
    /// <exception cref="ArgumentException">The tensor holds several pictures.</exception>
    /// <exception cref="LatentSharpException">The format is unknown or cannot be written here, values are not finite, or the file cannot be
    /// written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Save(string path, ImageTensor image, PictureSaveOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PictureSaveOptions();
        PictureFormat format = options.Format ?? PictureFormat.FromExtension(path)
            ?? throw new LatentSharpException(ErrorKind.BadInput, path,
                $"the extension \"{Path.GetExtension(path)}\" names no picture format that can be written ({Writable()}).",
                "Choose another extension, such as .png.");
        byte[] bytes = Encode(image, format, options, path, cancellationToken);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Writes the bytes of a picture file to a stream, which stays open and need not be able to seek.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="image">[1, 3, H, W], sRGB in [-1, 1].</param>
    /// <param name="format">The format; a stream has no extension that could name it.</param>
    /// <param name="options">Bits and quality.</param>
    /// <param name="cancellationToken">Ends it; then nothing is written.</param>
    /// <exception cref="ArgumentException">The tensor holds several pictures.</exception>
    /// <exception cref="LatentSharpException">The format cannot be written here or with these options, or values are not
    /// finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Save(Stream stream, ImageTensor image, PictureFormat format, PictureSaveOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(Encode(image, format, options, cancellationToken));
    }

    /// <summary>The bytes of a picture file; see <see cref="Save(string, ImageTensor, PictureSaveOptions?, CancellationToken)"/>.</summary>
    /// <exception cref="ArgumentException">The tensor holds several pictures.</exception>
    /// <exception cref="LatentSharpException">The format cannot be written here or with these options, or values are not
    /// finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static byte[] Encode(ImageTensor image, PictureFormat format, PictureSaveOptions? options = null,
        CancellationToken cancellationToken = default)
        => Encode(image, format, options ?? new PictureSaveOptions(), "", cancellationToken);

    private static byte[] Encode(ImageTensor image, PictureFormat format, PictureSaveOptions options, string where,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(format);
        if (image.Batch != 1) throw new ArgumentException($"a picture file holds one picture, the tensor {image.Batch}; use ImageTensor.Slice", nameof(image));
        if (!format.CanWrite)
            throw new LatentSharpException(ErrorKind.BadInput, where,
                $"{format.Name} cannot be written with the native library on this machine.", $"Choose one of {Writable()}.");
        if (options.Bits != 8 && (options.Bits != 16 || format.MaximumBits < 16))
            throw new LatentSharpException(ErrorKind.BadInput, where,
                $"{format.Name} is written with {(format.MaximumBits == 16 ? "8 or 16" : "8")} bits for each channel, not {options.Bits}.",
                format.MaximumBits == 16 ? null : "For 16 bits choose PNG or TIFF.");
        if (options.Quality is < 1 or > 100)
            throw new LatentSharpException(ErrorKind.BadInput, where, $"the quality has to lie between 1 and 100; {options.Quality} was given.");
        int bad = 0;
        foreach (float value in image.Values)
            if (!float.IsFinite(value)) bad++;
        if (bad > 0)
            throw new LatentSharpException(ErrorKind.BadInput, where,
                $"{bad:N0} of the picture's {image.Values.Length:N0} values are not finite (NaN or infinite), so no picture was written.",
                "Values like these come out of an autoencoder that was run in half precision, or out of a latent that already holds them.");
        try
        {
            return PictureEncoder.Encode(image, format, options, cancellationToken);
        }
        catch (VipsException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, where,
                $"the picture of {image.Width} x {image.Height} pixels could not be written as {format.Name}: {Text.Reason(e.Message)}.", null, e);
        }
    }

    private static string Writable() => PictureFormat.Names(PictureFormat.All.Where(f => f.CanWrite));
}
