using System.Globalization;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The tensor names of the tiny autoencoders (TAESD family). Canonical: <c>encoder.N...</c> and <c>decoder.N...</c> with N the index in the
/// Sequential of the original code (madebyollin/taesd 5cccb12). diffusers has no module for the clamp at the decoder's index 0, so its
/// decoder indices are lower by one.
/// </summary>
internal static class TinyNames
{
    /// <summary>The canonical name of a bare <c>N...</c> of an encoder or decoder file, or null.</summary>
    public static string? FromOriginal(string name, bool encoder) => KlNames.Index(name, out _, out string rest) && IsLeaf(rest)
        ? (encoder ? "encoder." : "decoder.") + name : null;

    /// <summary>The canonical name of <c>taesd_encoder.N...</c> and <c>taesd_decoder.N...</c>, as ComfyUI names a pair, or null.</summary>
    public static string? FromComfy(string name)
        => name.StartsWith("taesd_encoder.", StringComparison.Ordinal) || name.StartsWith("taesd_decoder.", StringComparison.Ordinal)
        ? FromCanonical(name["taesd_".Length..]) : null;

    /// <summary>The name itself when it is canonical, or null.</summary>
    public static string? FromCanonical(string name)
        => (name.StartsWith("encoder.", StringComparison.Ordinal) || name.StartsWith("decoder.", StringComparison.Ordinal))
        && KlNames.Index(name[8..], out _, out string rest) && IsLeaf(rest) ? name : null;

    /// <summary>
    /// The canonical name of <c>encoder.layers.N...</c> and <c>decoder.layers.N...</c> (AutoencoderTiny of diffusers), or null.
    /// </summary>
    public static string? FromDiffusers(string name)
    {
        bool decoder = name.StartsWith("decoder.layers.", StringComparison.Ordinal);
        if (!decoder && !name.StartsWith("encoder.layers.", StringComparison.Ordinal)) return null;
        if (!KlNames.Index(name["encoder.layers.".Length..], out int index, out string rest) || !IsLeaf(rest)) return null;
        return string.Create(CultureInfo.InvariantCulture, $"{(decoder ? "decoder" : "encoder")}.{(decoder ? index + 1 : index)}.{rest}");
    }

    /// <summary>The diffusers name of a canonical name.</summary>
    public static string ToDiffusers(string canonical)
    {
        bool decoder = canonical.StartsWith("decoder.", StringComparison.Ordinal);
        if (FromCanonical(canonical) is null || !KlNames.Index(canonical[8..], out int index, out string rest)) return canonical;
        return string.Create(CultureInfo.InvariantCulture,
            $"{(decoder ? "decoder" : "encoder")}.layers.{(decoder ? index - 1 : index)}.{rest}");
    }

    private static bool IsLeaf(string rest) => rest is "weight" or "bias" || rest.StartsWith("conv.", StringComparison.Ordinal)
        || rest.StartsWith("pool.", StringComparison.Ordinal) || rest.StartsWith("skip.", StringComparison.Ordinal);
}
