using LatentSharp.Weights;

namespace LatentSharp.Autoencoders;

/// <summary>Tiny autoencoders come as two files, NAME_encoder and NAME_decoder; either of them stands for both.</summary>
internal static class OtherHalf
{
    /// <summary>The second file, when the first holds one half of a tiny autoencoder and the second lies beside it; null otherwise.</summary>
    public static string? Find(string path, CanonicalWeights weights)
    {
        if (weights.Kind != AutoencoderKind.Tiny) return null;
        bool encoder = weights.Tensors.Keys.Any(n => n.StartsWith("encoder.", StringComparison.Ordinal));
        bool decoder = weights.Tensors.Keys.Any(n => n.StartsWith("decoder.", StringComparison.Ordinal));
        if (encoder == decoder) return null;
        (string present, string missing) = encoder ? ("encoder", "decoder") : ("decoder", "encoder");
        string name = Path.GetFileName(path);
        int at = name.LastIndexOf(present, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        string other = Path.Combine(Path.GetDirectoryName(path) ?? "", name[..at] + missing + name[(at + present.Length)..]);
        return File.Exists(other) ? other : null;
    }

    /// <summary>The name of both files together: <c>taesd</c> for <c>taesd_encoder.safetensors</c>.</summary>
    public static string NameOfPair(string path)
    {
        string name = AutoencoderLibrary.NameOf(path);
        foreach (string half in (string[])["encoder", "decoder"])
            if (name.EndsWith(half, StringComparison.OrdinalIgnoreCase) && name[..^half.Length].TrimEnd('_', '-', '.') is { Length: > 0 } pair) return pair;
        return name;
    }
}
