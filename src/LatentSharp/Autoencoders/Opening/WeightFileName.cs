namespace LatentSharp.Autoencoders.Opening;

/// <summary>What the names of weight files say.</summary>
internal static class WeightFileName
{
    private static readonly string[] Extensions = [".safetensors", ".sft", ".ckpt", ".pt", ".pth", ".gguf"];

    /// <summary>Whether a file has the extension of a weight file.</summary>
    public static bool IsOne(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The name that an autoencoder gets from its file or folder: without extension, and without <c>_decoder</c> where the other half lies
    /// beside it.
    /// </summary>
    public static string NameOf(string path)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        if (HasOtherHalf(path, "_decoder", "_encoder")) return Path.GetFileNameWithoutExtension(name)[..^"_decoder".Length];
        return IsOne(name) ? Path.GetFileNameWithoutExtension(name) : name;
    }

    /// <summary>Whether a file is one half of a pair whose other half lies beside it.</summary>
    public static bool HasOtherHalf(string path, string half, string other)
    {
        string stem = Path.GetFileNameWithoutExtension(path);
        return stem.EndsWith(half, StringComparison.OrdinalIgnoreCase)
            && File.Exists(Path.Combine(Path.GetDirectoryName(path) ?? "", stem[..^half.Length] + other + Path.GetExtension(path)));
    }
}
