using LatentSharp.Latents;
using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp;

/// <summary>
/// Latent files. Written: safetensors with a float32 tensor <c>latent</c> [N, C, h, w] in diffusion space, optionally <c>logvar</c> (the
/// posterior's log-variance in model space, same shape), and metadata that name the space with its numbers, the picture's size and the
/// origin. Read: these, ComfyUI's <c>.latent</c> files, plain safetensors files with a tensor <c>latent</c> in diffusion space, the caches
/// of kohya's sd-scripts, musubi-tuner and ai-toolkit, and single arrays as NumPy and torch save them.
/// </summary>
public static class LatentFile
{
    /// <summary>The tensor that holds the latent, in diffusion space.</summary>
    public const string TensorName = "latent";

    /// <summary>The tensor that holds the log-variance of the posterior, in model space.</summary>
    public const string LogVarianceName = "logvar";

    /// <summary>Writes a latent. The same latent always gives the same bytes; the file appears only when it is complete.</summary>
    /// <exception cref="LatentSharpException">The file cannot be written.</exception>
    public static void Save(string path, Latent latent, ElementType type = ElementType.F32)
        => SafetensorsWriter.Write(path, Tensors(latent, type), LatentFileMetadata.Write(latent));

    /// <summary>Writes a latent to a stream, which stays open and need not be able to seek.</summary>
    public static void Save(Stream stream, Latent latent, ElementType type = ElementType.F32)
        => SafetensorsWriter.Write(stream, Tensors(latent, type), LatentFileMetadata.Write(latent));

    /// <summary>The bytes of a latent file.</summary>
    public static byte[] ToBytes(Latent latent, ElementType type = ElementType.F32)
    {
        using var stream = new MemoryStream();
        Save(stream, latent, type);
        return stream.ToArray();
    }

    /// <summary>Reads a latent; see <see cref="Read(string, LatentFileOptions?)"/>, which also tells what was assumed.</summary>
    /// <exception cref="LatentSharpException">See <see cref="Read(string, LatentFileOptions?)"/>.</exception>
    public static Latent Load(string path, LatentFileOptions? options = null) => Read(path, options).Latent;

    /// <summary>Reads a latent from a stream; see <see cref="Read(Stream, LatentFileOptions?, string?)"/>.</summary>
    /// <exception cref="LatentSharpException">See <see cref="Read(Stream, LatentFileOptions?, string?)"/>.</exception>
    public static Latent Load(Stream stream, LatentFileOptions? options = null, string? name = null) => Read(stream, options, name).Latent;

    /// <summary>Reads a latent from the bytes of a file; see <see cref="Read(ReadOnlySpan{byte}, LatentFileOptions?, string)"/>.</summary>
    /// <exception cref="LatentSharpException">See <see cref="Read(ReadOnlySpan{byte}, LatentFileOptions?, string)"/>.</exception>
    public static Latent Load(ReadOnlySpan<byte> bytes, LatentFileOptions? options = null, string name = BytesInMemory.Bytes)
        => Read(bytes, options, name).Latent;

    /// <summary>Reads a latent of any of the known kinds from a stream, from its position to its end. The stream stays open.</summary>
    /// <param name="stream">A stream that can be read; it need not be able to seek.</param>
    /// <param name="options">The space of files that name none.</param>
    /// <param name="name">What messages call it; null for its file's name, if it has one, else <c>the stream</c>.</param>
    /// <exception cref="LatentSharpException">The stream fails, or what it holds is damaged, no latent, not finite, or does not fit the
    /// space that was asked for.</exception>
    public static LatentFileContent Read(Stream stream, LatentFileOptions? options = null, string? name = null)
    {
        using WeightFile file = FileBytes.Hand(BytesInMemory.Of(stream, name), Opened);
        return Read(file, options);
    }

    /// <summary>
    /// Reads a latent of any of the known kinds from the bytes of a file. They are not kept; a <c>byte[]</c> converts to the parameter's
    /// type.
    /// </summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="options">The space of files that name none.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="LatentSharpException">The bytes are damaged, no latent, not finite, or do not fit the space that was asked
    /// for.</exception>
    public static LatentFileContent Read(ReadOnlySpan<byte> bytes, LatentFileOptions? options = null, string name = BytesInMemory.Bytes)
        => BytesInMemory.Read(bytes, name, file => Read(Opened(file), options));

    /// <summary>Reads a latent of any of the known kinds.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The space of files that name none.</param>
    /// <exception cref="LatentSharpException">The file is missing or damaged, holds no latent, holds values that are not finite, or does
    /// not fit the space that was asked for.</exception>
    public static LatentFileContent Read(string path, LatentFileOptions? options = null)
    {
        using WeightFile file = FileBytes.Open(path, Opened);
        return Read(file, options);
    }

    /// <summary>As <see cref="Read(string, LatentFileOptions?)"/>, from an open file.</summary>
    /// <exception cref="LatentSharpException">See <see cref="Read(string, LatentFileOptions?)"/>.</exception>
    public static LatentFileContent Read(WeightSource file, LatentFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        options ??= new LatentFileOptions();
        return KindOf(file) switch
        {
            LatentFileKind.LatentSharp => ReadOwn(file, options),
            LatentFileKind.Plain => ReadPlain(file, options),
            LatentFileKind.Comfy => ComfyLatent.Read(file, options, marked: true),
            LatentFileKind.ComfyUnmarked => ComfyLatent.Read(file, options, marked: false),
            LatentFileKind.Trainer => TrainerLatent.Read(file, options),
            LatentFileKind.Array => ArrayLatent.Read(file, ArrayLatent.Find(file)!, options),
            _ => throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"a latent was expected: a tensor \"{TensorName}\" (LatentSharp) or \"{ComfyLatent.TensorName}\" (ComfyUI), "
                    + $"a trainer's cache or a single array; found {Summary(file)}.",
                Remedy.Inspect(file.Name)),
        };
    }

    /// <summary>What kind of latent file an open file of tensors is. Only names and metadata are looked at.</summary>
    public static LatentFileKind KindOf(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Tensors.ContainsKey(ComfyLatent.TensorName))
            return file.Tensors.ContainsKey(ComfyLatent.MarkerName) ? LatentFileKind.Comfy : LatentFileKind.ComfyUnmarked;
        if (!file.Tensors.ContainsKey(TensorName))
            return TrainerLatent.Is(file) ? LatentFileKind.Trainer
                : ArrayLatent.Find(file) is not null ? LatentFileKind.Array : LatentFileKind.None;
        return file.Metadata.ContainsKey(LatentFileMetadata.Version) ? LatentFileKind.LatentSharp : LatentFileKind.Plain;
    }

    private static IEnumerable<SafetensorsEntry> Tensors(Latent latent, ElementType type)
    {
        ArgumentNullException.ThrowIfNull(latent);
        if (type is not (ElementType.F32 or ElementType.F16 or ElementType.BF16))
            throw new ArgumentOutOfRangeException(nameof(type), type, "latents are stored as F32, F16 or BF16");
        var shape = new Shape(latent.Batch, latent.Channels, latent.Height, latent.Width);
        var values = new MemoryWeights("latent");
        values.Add(TensorName, latent.Values, shape.Dimensions.AsSpan());
        if (latent.LogVariance is { } variance) values.Add(LogVarianceName, variance, shape.Dimensions.AsSpan());
        return values.Tensors.Values.Select(t => SafetensorsEntry.Convert(values, t, t.Name, shape, type));
    }

    private static LatentFileContent ReadOwn(WeightSource file, LatentFileOptions options)
    {
        var notes = new List<string>();
        TensorInfo tensor = file.Tensors[TensorName];
        (int batch, int channels, int height, int width) = TensorFileReader.Dimensions(file, tensor);
        LatentSpace space = LatentFileMetadata.Space(file.Name, file.Metadata, channels);
        var latent = new Latent(space, TensorFileReader.Values(file, tensor, options.AllowNonFinite, notes), batch, height, width)
        {
            LogVariance = LogVariance(file, tensor, options, notes),
            PictureSize = LatentFileMetadata.PictureSize(file.Name, file.Metadata),
            Provenance = LatentFileMetadata.Provenance(file.Metadata),
        };
        if (latent.PictureSize is (int h, int w) && (h > (long)height * space.Factor || w > (long)width * space.Factor))
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"the metadata speak of a picture of {w} x {h} pixels, but a latent of {width} x {height} at 1/{space.Factor} covers only "
                    + $"{(long)width * space.Factor} x {(long)height * space.Factor}.",
                "The file was changed after it was written; encode the picture again.");
        return new LatentFileContent(latent, LatentFileKind.LatentSharp, true, notes);
    }

    private static LatentFileContent ReadPlain(WeightSource file, LatentFileOptions options)
    {
        var notes = new List<string>();
        TensorInfo stored = file.Tensors[TensorName];
        LatentTensor tensor = LatentTensor.Read(file, stored, options, notes);
        (LatentSpace? said, string? word) = ByAiToolkit(file, tensor.Channels);
        (Latent found, bool stated) = UnnamedLatent.Of(file, tensor, said is null ? options : options with { Space = said },
            ValueScale.Diffusion, notes);
        var latent = new Latent(found.Space, found.Values, found.Batch, found.Height, found.Width)
        {
            LogVariance = found.LogVariance ?? (LogVariance(file, stored, options, notes) is { } variance ? tensor.Alike(variance) : null),
            PictureSize = tensor.IsRearranged ? options.PictureSize : null,
            Provenance = word is null ? new() : new Dictionary<string, string> { [LatentProvenance.Tool] = "ai-toolkit" },
        };
        return new LatentFileContent(latent, LatentFileKind.Plain, stated, notes)
        {
            IsRearranged = tensor.IsRearranged || found.Channels != tensor.Channels,
        };
    }

    // ai-toolkit names the space by its model.
    private static (LatentSpace? Space, string? Word) ByAiToolkit(WeightSource file, int channels)
        => file.Metadata.TryGetValue("latent_space_version", out string? word)
            && TrainerModel.AiToolkit.FirstOrDefault(m => m.Architecture == word) is { } model && model.Space.Channels == channels
            ? (model.Space, word) : (null, null);

    // Latents are safetensors whatever their extension, unless they begin as something else.
    private static WeightFile Opened(FileBytes file)
    {
        Span<byte> head = stackalloc byte[(int)Math.Min(file.Length, 2)];
        file.Read(0, head);
        return head is [(byte)'P', (byte)'K'] or [0x80, <= 5] or [0x93, (byte)'N'] ? WeightFiles.Read(file) : SafetensorsFile.Read(file);
    }

    private static float[]? LogVariance(WeightSource file, TensorInfo latent, LatentFileOptions options, List<string> notes)
    {
        if (!file.Tensors.TryGetValue(LogVarianceName, out TensorInfo? tensor)) return null;
        if (tensor.Shape != latent.Shape)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"the tensor {LogVarianceName} has the shape {tensor.Shape}, the latent {latent.Shape}; they have to be equal.");
        return TensorFileReader.Values(file, tensor, options.AllowNonFinite, notes);
    }

    private static string Summary(WeightSource file)
    {
        string[] names = [.. file.Tensors.Keys.Order(StringComparer.Ordinal)];
        return names.Length == 0 ? "no tensors"
            : $"{names.Length} tensor{(names.Length == 1 ? "" : "s")} ({string.Join(", ", names.Take(3))}{(names.Length > 3 ? ", ..." : "")})";
    }
}
