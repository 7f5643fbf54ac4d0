using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>The naming schemes that are understood.</summary>
internal enum NameLayout
{
    Unknown,
    Ldm,
    KlDiffusers,
    TinyEncoder,
    TinyDecoder,
    TinyCanonical,
    TinyComfy,
    TinyDiffusers,
    DeepCompressionDiffusers,
    DeepCompressionOriginal,
    WanOriginal,
    WanDiffusers,
    HunyuanImageOriginal,
    HunyuanImageDiffusers,
}

/// <summary>
/// Finds out which naming scheme the tensors of an autoencoder follow and under which prefix they lie inside a larger checkpoint.
/// </summary>
internal static class LayoutGuess
{
    private const int MaxNameLength = 1000;     // no autoencoder has longer names; in a hostile one every `encoder.` would be looked at

    // What follows the prefix in a name that belongs to a scheme.
    private static readonly string[] Heads = ["encoder.", "decoder.", "taesd_encoder.", "taesd_decoder."];

    /// <summary>The scheme and prefix that most names follow.</summary>
    public static (NameLayout Layout, string Prefix) Of(WeightSource source)
    {
        var votes = new Dictionary<(NameLayout Layout, string Prefix), int>();
        foreach (string name in source.Tensors.Keys.Where(n => n.Length <= MaxNameLength))
            foreach (string head in Heads)
                for (int at = name.IndexOf(head, StringComparison.Ordinal); at >= 0;
                    at = name.IndexOf(head, at + 1, StringComparison.Ordinal))
                {
                    if (at > 0 && name[at - 1] != '.') continue;
                    NameLayout layout = Classify(name[at..]);
                    if (layout == NameLayout.Unknown) continue;
                    (NameLayout, string) key = (layout, name[..at]);
                    votes[key] = votes.GetValueOrDefault(key) + 1;
                }
        if (votes.Count > 0)
        {
            // diffusers and ComfyUI let `vae.` win over `first_stage_model.` where a checkpoint has both.
            ((NameLayout layout, string prefix), _) = votes.OrderByDescending(v => v.Value).ThenByDescending(v => v.Key.Prefix == "vae.")
                .ThenBy(v => v.Key.Prefix.Length).ThenBy(v => v.Key.Prefix, StringComparer.Ordinal).First();
            return (Relative(source, layout, prefix), prefix);
        }
        return (Sequential(source), "");
    }

    // Two architectures share most names with the KL autoencoder; one tensor tells each.
    private static NameLayout Relative(WeightSource source, NameLayout layout, string prefix)
    {
        if (WanNames.AreDiffusers(source.Tensors, prefix)) return NameLayout.WanDiffusers;
        if (HunyuanImageNames.AreDiffusers(source.Tensors, prefix)) return NameLayout.HunyuanImageDiffusers;
        return layout == NameLayout.Ldm && HunyuanImageNames.AreOriginal(source.Tensors, prefix) ? NameLayout.HunyuanImageOriginal : layout;
    }

    private static NameLayout Classify(string name)
    {
        if (name.StartsWith("taesd_", StringComparison.Ordinal))
            return TinyNames.FromComfy(name) is null ? NameLayout.Unknown : NameLayout.TinyComfy;
        string rest = name[8..];
        if (rest.StartsWith("mid.", StringComparison.Ordinal)) return NameLayout.Ldm;
        if (rest.StartsWith("middle.", StringComparison.Ordinal) || rest.StartsWith("downsamples.", StringComparison.Ordinal)
            || rest.StartsWith("upsamples.", StringComparison.Ordinal))
            return NameLayout.WanOriginal;
        if (rest.StartsWith("mid_block.", StringComparison.Ordinal)) return NameLayout.KlDiffusers;
        if (rest.StartsWith("down.", StringComparison.Ordinal) || rest.StartsWith("up.", StringComparison.Ordinal))
            return KlNames.Index(rest[(rest.IndexOf('.', StringComparison.Ordinal) + 1)..], out _, out _)
                ? NameLayout.Ldm : NameLayout.Unknown;
        if (rest.StartsWith("down_blocks.", StringComparison.Ordinal) || rest.StartsWith("up_blocks.", StringComparison.Ordinal))
        {
            if (!KlNames.Index(rest[(rest.IndexOf('.', StringComparison.Ordinal) + 1)..], out _, out string inner))
                return NameLayout.Unknown;
            if (KlNames.Index(inner, out _, out _)) return NameLayout.DeepCompressionDiffusers;
            return KlNames.FromDiffusers(name, 1) is null ? NameLayout.Unknown : NameLayout.KlDiffusers;
        }
        if (rest.StartsWith("stages.", StringComparison.Ordinal))
            return DeepCompressionNames.FromOriginal(name) is null ? NameLayout.Unknown : NameLayout.DeepCompressionOriginal;
        if (TinyNames.FromDiffusers(name) is not null) return NameLayout.TinyDiffusers;
        return TinyNames.FromCanonical(name) is not null ? NameLayout.TinyCanonical : NameLayout.Unknown;
    }

    // A file of one flat Sequential: all names are numbers. The encoder's module 0 is a convolution of 3 channels; the decoder begins with
    // a clamp that has no weights.
    private static NameLayout Sequential(WeightSource source)
    {
        int numbered = source.Tensors.Keys.Count(name => TinyNames.FromOriginal(name, encoder: true) is not null);
        if (numbered == 0 || numbered * 2 < source.Tensors.Count) return NameLayout.Unknown;
        if (source.Tensors.TryGetValue("0.weight", out TensorInfo? first))
            return first.Shape.Rank == 4 && first.Shape[1] == 3 ? NameLayout.TinyEncoder : NameLayout.Unknown;
        return source.Tensors.TryGetValue("1.weight", out TensorInfo? second) && second.Shape.Rank == 4
            ? NameLayout.TinyDecoder : NameLayout.Unknown;
    }
}
