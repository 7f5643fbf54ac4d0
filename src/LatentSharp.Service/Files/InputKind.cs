using LatentSharp.Imaging;
using LatentSharp.Latents;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Files;

/// <summary>The kind of files that a use case works on: what they are called, and which files of a folder are such.</summary>
/// <param name="Word">One of them, for messages.</param>
/// <param name="Words">Several of them.</param>
/// <param name="Examples">What people look for in a folder of them.</param>
/// <param name="Takes">Whether a file that was found in a folder is one. Captions and lists beside pictures are not.</param>
internal sealed record InputKind(string Word, string Words, string Examples, Func<string, bool> Takes)
{
    private const int SignatureBytes = 32;
    private static readonly string[] WeightExtensions = [".safetensors", ".sft", ".gguf", ".ckpt", ".pt", ".pth", ".bin", ".npy",
        ".npz"];

    // Files that hold a latent or something else.
    private static readonly string[] LatentExtensions = [".safetensors", ".npz", ".npy", ".pt"];

    /// <summary>Pictures: by their extension, others by their first bytes.</summary>
    internal static InputKind Pictures { get; } = new("a picture", "pictures", "PNG, JPEG, WebP, TIFF, AVIF or GIF files", IsPicture);

    /// <summary>Latent files: safetensors, NumPy and torch files whose names of tensors say so.</summary>
    internal static InputKind Latents { get; } =
        new("a latent", "latents", "latent files (.latent.safetensors, .latent, caches of trainers)", IsLatent);

    /// <summary>Pictures, and latents as which they were kept.</summary>
    internal static InputKind PicturesAndLatents { get; } = new("a picture or a latent", "pictures or latents", "pictures or latents",
        f => IsPicture(f) || IsLatent(f));

    /// <summary>Everything of this field: pictures, latents, weights.</summary>
    internal static InputKind Known { get; } = new("a file", "pictures, latents or weights", "pictures, latents or weights",
        f => IsWeightName(f) || IsPicture(f) || IsLatent(f));

    /// <summary>Anything.</summary>
    internal static InputKind Files { get; } = new("a file", "files", "files", _ => true);

    /// <summary>Whether a name ends as those of weights do, so that no published model is called so.</summary>
    internal static bool IsWeightName(string name) => WeightExtensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    private static bool IsPicture(string path)
    {
        if (PictureFormat.FromExtension(path) is not null) return true;
        Span<byte> head = stackalloc byte[SignatureBytes];
        using FileStream stream = RegularFile.OpenRead(path);
        return PictureSignature.IsPicture(head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
    }

    private static bool IsLatent(string path)
    {
        string extension = Path.GetExtension(path);
        if (extension.Equals(".latent", StringComparison.OrdinalIgnoreCase)) return true;
        if (!LatentExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase)) return false;
        if (path.EndsWith(".latent.safetensors", StringComparison.OrdinalIgnoreCase)) return true;
        try
        {
            using WeightFile file = WeightFiles.Open(path);
            return LatentFile.KindOf(file) != LatentFileKind.None;
        }
        catch (LatentSharpException)
        {
            return false;       // weights or something else, damaged; a latent by its name was taken above and is refused by itself
        }
    }
}
