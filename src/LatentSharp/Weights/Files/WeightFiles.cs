using System.Text;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Weights.Files;

/// <summary>Opens weight files of every format that is understood.</summary>
public static class WeightFiles
{
    private const int MaxConfigLength = 1 << 20;

    // What diffusers calls its weights, in the order in which they are preferred.
    private static readonly string[] FolderFiles =
    [
        "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model.fp16.safetensors",
            "diffusion_pytorch_model.bf16.safetensors",
        "model.safetensors", "model.safetensors.index.json", "model.fp16.safetensors", "diffusion_pytorch_model.bin",
            "diffusion_pytorch_model.fp16.bin", "pytorch_model.bin",
    ];

    /// <summary>
    /// Opens weights by what they are, not by their extension: safetensors, torch checkpoints (zip and legacy), GGUF, arrays of NumPy, the
    /// index of sharded safetensors, or a diffusers folder (one with a <c>config.json</c> and weights, or one with such a folder <c>vae</c>
    /// in it).
    /// </summary>
    /// <exception cref="LatentSharpException">There is nothing of that name, or it cannot be read; the message says what it looks like and
    /// which rule it breaks.</exception>
    public static WeightFile Open(string path) => Open(path, allowTrailingBytes: false);

    /// <summary>
    /// Opens weights to be written anew: as <see cref="Open(string)"/> does, and also a safetensors file with bytes after its last tensor,
    /// which are left out.
    /// </summary>
    /// <exception cref="LatentSharpException">There is nothing of that name, or it cannot be read.</exception>
    public static WeightFile OpenToConvert(string path) => Open(path, allowTrailingBytes: true);

    /// <summary>
    /// The weights of a folder as diffusers and transformers write them, with a <c>config.json</c> beside them; null where it is none.
    /// </summary>
    internal static string? InFolder(string folder)
        => !File.Exists(System.IO.Path.Combine(folder, ConfiguredWeights.ConfigKey)) ? null
            : FolderFiles.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static WeightFile Open(string path, bool allowTrailingBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Directory.Exists(path) ? OpenFolder(path, allowTrailingBytes)
            : Configured(FileBytes.Open(path, file => Read(file, allowTrailingBytes)));
    }

    /// <summary>
    /// Opens a weight file that lies in memory: safetensors, a torch checkpoint or GGUF, by what it is. The bytes are read in place while
    /// tensors are read, so they must not change as long as the file is open. A <c>byte[]</c> converts to the parameter's type.
    /// </summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it; its extension, if any, decides nothing but the wording of errors.</param>
    /// <exception cref="LatentSharpException">The bytes are no weight file, or break a rule of its format.</exception>
    public static WeightFile Open(ReadOnlyMemory<byte> bytes, string name = BytesInMemory.Bytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return FileBytes.Hand(BytesInMemory.Pin(bytes, name), file => Read(file, allowTrailingBytes: false));
    }

    /// <summary>
    /// Opens a weight file from a stream: everything from its position to its end is read into memory now, and the stream may be closed
    /// afterwards. A file on disk is better opened by its path, which reads only what is needed.
    /// </summary>
    /// <param name="stream">A stream that can be read; it need not be able to seek.</param>
    /// <param name="name">What messages call it; null for its file's name, if it has one, else <c>the stream</c>.</param>
    /// <exception cref="LatentSharpException">The stream holds no weight file or one that breaks a rule of its format, fails while it is
    /// read, or is larger than memory.</exception>
    public static WeightFile Open(Stream stream, string? name = null)
        => FileBytes.Hand(BytesInMemory.Of(stream, name), file => Read(file, allowTrailingBytes: false));

    // One look at the first bytes decides which reader gets the file that is open already.
    internal static WeightFile Read(FileBytes file, bool allowTrailingBytes = false)
    {
        Span<byte> head = stackalloc byte[16];
        head = head[..(int)Math.Min(head.Length, file.Length)];
        file.Read(0, head);
        string extension = System.IO.Path.GetExtension(file.Path).ToLowerInvariant();
        return head switch
        {
            [(byte)'G', (byte)'G', (byte)'U', (byte)'F', ..] => GgufFile.Read(file),
            _ when NumpyFile.Begins(file) => NumpyFile.Read(file),
            [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..] when extension == ".npz" => NumpyFile.Read(file),
            [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..] => TorchFile.Read(file),
            [0x80, <= 5, ..] when !ContentHint.LooksLikeSafetensors(head, file.Length) => TorchFile.Read(file),
            [(byte)'{' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t', ..] when extension == ".json" =>
                ShardedSafetensors.Read(file),
            _ when ContentHint.LooksLikeSafetensors(head, file.Length) => SafetensorsFile.Read(file, allowTrailingBytes),
            // Nothing fits: the reader that the name promises says which rule is broken.
            _ => extension switch
            {
                ".safetensors" or ".sft" or ".latent" => SafetensorsFile.Read(file, allowTrailingBytes),
                ".ckpt" or ".pt" or ".pth" or ".bin" => TorchFile.Read(file),
                ".gguf" => GgufFile.Read(file),
                ".npy" or ".npz" => NumpyFile.Read(file),
                _ => throw new LatentSharpException(ErrorKind.BadInput, file.Path,
                    "this is no weight file: it begins neither like safetensors, a torch checkpoint nor GGUF.",
                    "Weights come as .safetensors, .ckpt, .pt, .pth or .gguf."),
            },
        };
    }

    private static WeightFile OpenFolder(string path, bool allowTrailingBytes)
    {
        if ((InFolder(path) ?? InFolder(System.IO.Path.Combine(path, "vae"))) is { } weights)
            return Configured(FileBytes.Open(weights, file => Read(file, allowTrailingBytes)));
        string[] candidates = [.. Directory.EnumerateFiles(path).Select(f => System.IO.Path.GetFileName(f)!)
            .Where(f => System.IO.Path.GetExtension(f).ToLowerInvariant() is ".safetensors" or ".sft" or ".ckpt" or ".pt" or ".pth"
                or ".gguf" or ".bin").Order(StringComparer.Ordinal).Take(8)];
        throw new LatentSharpException(ErrorKind.BadInput, path,
            "a weight file or a diffusers folder was expected; this folder has no config.json with weights beside it, and no such folder `vae`.",
            candidates.Length == 0 ? "Name a weight file." : $"Name one of the files in it: {string.Join(", ", candidates)}.");
    }

    // A file of the name that diffusers uses has its configuration beside it.
    private static WeightFile Configured(WeightFile file)
    {
        if (!FolderFiles.Contains(System.IO.Path.GetFileName(file.Path), StringComparer.Ordinal)) return file;
        string config = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file.Path))!,
            ConfiguredWeights.ConfigKey);
        if (!File.Exists(config)) return file;
        try
        {
            using FileBytes text = FileBytes.Open(config);
            if (text.Length > MaxConfigLength)
                throw new LatentSharpException(ErrorKind.BadInput, config,
                    $"the configuration beside the weights has {text.Length:N0} bytes; at most {MaxConfigLength:N0} are accepted.");
            var bytes = new byte[text.Length];
            text.Read(0, bytes);
            return new ConfiguredWeights(file, Encoding.UTF8.GetString(bytes));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
