using LatentSharp.Imaging.Native;
using LatentSharp.Weights;
using NetVips;

namespace LatentSharp.Imaging;

/// <summary>An opened picture file whose header libvips has accepted as one of the known formats.</summary>
internal sealed class PictureSource : IDisposable
{
    /// <summary>What messages call bytes whose caller gave them no name.</summary>
    public const string Bytes = "the bytes given";

    // The chunks of a PNG that say what its colours mean stand before its pixels, behind texts as the case may be.
    private const int HeadLength = 64 << 10;

    private readonly Func<Source> open;
    private Source source;

    private PictureSource(string name, Func<Source> open, Func<Stream> file, Source source, PictureFormat format, Image image, byte[] head)
        => (Name, this.open, OpenFile, this.source, Format, Image, Head) = (name, open, file, source, format, image, head);

    /// <summary>The path, or what messages call the bytes.</summary>
    public string Name { get; }

    /// <summary>The format by content.</summary>
    public PictureFormat Format { get; }

    /// <summary>The image, header read, pixels not yet decoded, to be read once from top to bottom.</summary>
    public Image Image { get; private set; }

    /// <summary>The first bytes of the file.</summary>
    public byte[] Head { get; }

    /// <summary>Opens the file to be read from its beginning.</summary>
    public Func<Stream> OpenFile { get; }

    /// <summary>Opens a file.</summary>
    public static PictureSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        VipsLibrary.Require();
        byte[] head = ReadHead(path, out long length);
        // By descriptor or memory, never by the text of a path with options: libvips would take "a[0].png" apart.
        return Open(path, head, length, () => Source.NewFromFile(Path.GetFullPath(path)), () => RegularFile.OpenRead(path));
    }

    /// <summary>Opens bytes in memory.</summary>
    public static PictureSource Open(byte[] bytes, string name)
    {
        VipsLibrary.Require();
        return Open(name, bytes.AsSpan(0, Math.Min(bytes.Length, HeadLength)).ToArray(), bytes.Length, () => Source.NewFromMemory(bytes),
            () => new MemoryStream(bytes, writable: false));
    }

    /// <summary>Opens what a stream holds from its position to its end.</summary>
    public static PictureSource Open(Stream stream, string? name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("the stream cannot be read: it is closed, or open for writing only", nameof(stream));
        name = !string.IsNullOrEmpty(name) ? name : stream is FileStream { Name: { Length: > 0 } file } ? file : "the stream";
        try
        {
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return Open(copy.ToArray(), name);
        }
        catch (IOException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, name, $"the stream cannot be read: {Text.FirstLine(e.Message)}", null, e);
        }
    }

    /// <summary>The error for data that could not be decoded.</summary>
    public LatentSharpException Damaged(VipsException e) => Damaged(Name, Format, e);

    /// <summary>Begins to read again, with the decoder's warnings passed over.</summary>
    /// <exception cref="LatentSharpException">It cannot be opened again.</exception>
    public void Restart()
    {
        Dispose();
        try
        {
            source = open();
            Image = Load(source, Enums.FailOn.Error);
        }
        catch (VipsException e)
        {
            throw Damaged(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Image.Dispose();
        source.Dispose();
    }

    private static PictureSource Open(string name, byte[] head, long length, Func<Source> open, Func<Stream> file)
    {
        if (length == 0)
            throw new LatentSharpException(ErrorKind.BadInput, name,
                "a picture was expected, but there is nothing: the file is empty (0 bytes).",
                "Copy or download it again; a stream has to stand at its beginning.");
        Source? source = null;
        PictureFormat? format = null;
        try
        {
            source = open();
            format = FormatOf(Image.FindLoadSource(source));
            if (format is null)
                throw NoPicture(name, head, null);
            // A JPEG decoder goes on with grey or garbage where the data end or make no sense, and only warns. What others warn of, such as
            // fields of a TIFF that they do not know, is no damage.
            Image image = Load(source, format == PictureFormat.Jpeg ? Enums.FailOn.Warning : Enums.FailOn.Error);
            return new PictureSource(name, open, file, source, format, image, head);
        }
        catch (VipsException e)
        {
            source?.Dispose();
            throw format is null || PictureSignature.IsHevc(head) ? NoPicture(name, head, e) : Damaged(name, format, e);
        }
        catch
        {
            source?.Dispose();
            throw;
        }
    }

    private static Image Load(Source source, Enums.FailOn failOn)
        => Image.NewFromSource(source, access: Enums.Access.Sequential, failOn: failOn);

    private static LatentSharpException NoPicture(string name, byte[] head, Exception? cause) => PictureSignature.IsHevc(head)
        ? new(ErrorKind.BadInput, name, "this is a HEIC picture; the native library on this machine has no decoder for it.",
            "Convert it to JPEG, PNG or AVIF.", cause)
        : new(ErrorKind.BadInput, name, $"a picture ({Readable()}) was expected; found {PictureSignature.Describe(head)}.",
            "Check that this is the file you meant, or convert it.", cause);

    // The native library reads neither CIE L*a*b* of every kind nor says so in plain words.
    private static LatentSharpException Damaged(string name, PictureFormat format, VipsException e)
        => e.Message.Contains("labq", StringComparison.Ordinal)
        ? new(ErrorKind.BadInput, name, $"the {format.Name} picture has colours in CIE L*a*b*, which the native library does not read.",
            "Convert it to RGB.", e)
        : new(ErrorKind.BadInput, name, $"the {format.Name} picture is damaged or truncated ({Text.Reason(e.Message)}).", "Copy or download it again.", e);

    /// <summary>The first bytes of a file, with the errors that a user should see.</summary>
    public static byte[] ReadHead(string path, out long length)
    {
        if (Directory.Exists(path))
            throw new LatentSharpException(ErrorKind.BadInput, path, "a picture file was expected, but this is a folder.", "Name a file within it.");
        try
        {
            using FileStream stream = RegularFile.OpenRead(path);
            length = stream.Length;
            var head = new byte[Math.Min(length, HeadLength)];
            stream.ReadExactly(head);
            return head;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw MissingFile.Of(path, $"Looked at {Path.GetFullPath(path)}.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, "no permission to read the file.", null, e);
        }
        catch (IOException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"the file could not be read: {Text.FirstLine(e.Message)}", null, e);
        }
    }

    // Loaders carry names such as VipsForeignLoadPngSource. Only pixel formats are let through: libvips would also draw SVG files and parse
    // text as matrices.
    private static PictureFormat? FormatOf(string? loader) => loader switch
    {
        null => null,
        _ when loader.Contains("LoadPng", StringComparison.Ordinal) => PictureFormat.Png,
        _ when loader.Contains("LoadJpeg", StringComparison.Ordinal) || loader.Contains("LoadUhdr", StringComparison.Ordinal) =>
            PictureFormat.Jpeg,
        _ when loader.Contains("LoadWebp", StringComparison.Ordinal) => PictureFormat.WebP,
        _ when loader.Contains("LoadTiff", StringComparison.Ordinal) => PictureFormat.Tiff,
        _ when loader.Contains("LoadHeif", StringComparison.Ordinal) => PictureFormat.Avif,
        _ when loader.Contains("LoadNsgif", StringComparison.Ordinal) => PictureFormat.Gif,
        _ => null,
    };

    private static string Readable() => PictureFormat.Names(PictureFormat.All.Where(f => f.CanRead));
}
