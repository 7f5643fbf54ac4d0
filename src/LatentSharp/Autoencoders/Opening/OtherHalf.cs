using LatentSharp.Models.Autoencoders;

namespace LatentSharp.Autoencoders.Opening;

/// <summary>Tiny autoencoders come as two files, NAME_encoder and NAME_decoder; either of them stands for both.</summary>
internal static class OtherHalf
{
    /// <summary>
    /// The second file, when the first holds one half of a tiny autoencoder and the second lies beside it; null otherwise.
    /// </summary>
    /// <param name="path">The first file.</param>
    /// <param name="weights">What is in it.</param>
    public static string? Find(string path, CanonicalWeights weights)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Kind != AutoencoderKind.Tiny) return null;
        bool encoder = AutoencoderPart.Encoder.IsIn(weights.Tensors.Keys), decoder = AutoencoderPart.Decoder.IsIn(weights.Tensors.Keys);
        if (encoder == decoder) return null;
        (string present, string missing) = encoder ? ("encoder", "decoder") : ("decoder", "encoder");
        string name = Path.GetFileName(path);
        int at = name.LastIndexOf(present, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        string other = Path.Combine(Path.GetDirectoryName(path) ?? "", name[..at] + missing + name[(at + present.Length)..]);
        return File.Exists(other) ? other : null;
    }

    /// <summary>The name of both files together: <c>taesd</c> for <c>taesd_encoder.safetensors</c>.</summary>
    internal static string NameOfPair(string path)
    {
        string name = WeightFileName.NameOf(path);
        foreach (string half in (string[])["encoder", "decoder"])
            if (name.EndsWith(half, StringComparison.OrdinalIgnoreCase)
                && name[..^half.Length].TrimEnd('_', '-', '.') is { Length: > 0 } pair) return pair;
        return name;
    }
}
