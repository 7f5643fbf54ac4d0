using System.Collections.Immutable;
using LatentSharp.Imaging;

namespace LatentSharp;

/// <summary>A kind of picture file. What this machine's native library can do with it is found out when it is asked for.</summary>
public sealed class PictureFormat
{
    private readonly string loader;
    private readonly Lazy<bool> canRead, canWrite;

    private PictureFormat(string name, string loader, ImmutableArray<string> extensions, int maximumBits, bool writable = true)
    {
        (Name, this.loader, Extensions, MaximumBits) = (name, loader, extensions, maximumBits);
        canWrite = new Lazy<bool>(() => writable && PictureFormatProbe.Writes(this));
        canRead = new Lazy<bool>(() => writable ? PictureFormatProbe.Reads(this, loader) : Imaging.Native.VipsLibrary.Has(loader));
    }

    /// <summary>PNG, 8 or 16 bits.</summary>
    public static PictureFormat Png { get; } = new("PNG", "pngload_source", [".png"], 16);

    /// <summary>JPEG, 8 bits.</summary>
    public static PictureFormat Jpeg { get; } = new("JPEG", "jpegload_source", [".jpg", ".jpeg", ".jpe", ".jfif"], 8);

    /// <summary>WebP, 8 bits, lossy or lossless.</summary>
    public static PictureFormat WebP { get; } = new("WebP", "webpload_source", [".webp"], 8);

    /// <summary>TIFF, 8 or 16 bits, compressed without loss.</summary>
    public static PictureFormat Tiff { get; } = new("TIFF", "tiffload_source", [".tif", ".tiff"], 16);

    /// <summary>AVIF, 8 bits when written; read with up to 12.</summary>
    public static PictureFormat Avif { get; } = new("AVIF", "heifload_source", [".avif"], 8);

    /// <summary>GIF: read only, first frame.</summary>
    public static PictureFormat Gif { get; } = new("GIF", "gifload_source", [".gif"], 8, writable: false);

    /// <summary>Every format that this package knows, whether or not the native library at hand supports it.</summary>
    public static ImmutableArray<PictureFormat> All { get; } = [Png, Jpeg, WebP, Tiff, Avif, Gif];

    /// <summary>The name people use, such as <c>PNG</c>.</summary>
    public string Name { get; }

    /// <summary>File name extensions with the dot, in lower case; the first is the usual one.</summary>
    public ImmutableArray<string> Extensions { get; }

    /// <summary>
    /// The largest number of bits for each channel that
    /// <see cref="PictureFile.Save(string, ImageTensor, PictureSaveOptions?, CancellationToken)"/> writes.
    /// </summary>
    public int MaximumBits { get; }

    /// <summary>Whether the native library on this machine reads the format. Checked by decoding a small picture.</summary>
    /// <exception cref="LatentSharpException">The native library could not be loaded.</exception>
    public bool CanRead => canRead.Value;

    /// <summary>Whether the native library on this machine writes the format. Checked by encoding a small picture.</summary>
    /// <exception cref="LatentSharpException">The native library could not be loaded.</exception>
    public bool CanWrite => canWrite.Value;

    /// <summary>The format that a file name's extension asks for, or null.</summary>
    public static PictureFormat? FromExtension(string path)
    {
        string extension = Path.GetExtension(path);
        return All.FirstOrDefault(f => f.Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>One line on what the native library at hand can do, such as <c>libvips 8.18.7: reads PNG, JPEG; writes PNG</c>.</summary>
    public static string Describe()
    {
        Imaging.Native.VipsLibrary.Require();
        string version = $"{NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}";
        return $"libvips {version}: reads {Names(All.Where(f => f.CanRead))}; writes {Names(All.Where(f => f.CanWrite))}";
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static string Names(IEnumerable<PictureFormat> formats) => string.Join(", ", formats.Select(f => f.Name));
}
