namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The tensor names of DC-AE. Canonical are those of AutoencoderDC in diffusers; the original code (mit-han-lab/efficientvit) has other
/// names and one joint <c>qkv</c> projection, of which the canonical <c>to_q</c>, <c>to_k</c>, <c>to_v</c> are the thirds (diffusers
/// 58eb52c, scripts/convert_dcae_to_diffusers.py).
/// </summary>
internal static class DeepCompressionNames
{
    // The original names without their `main.` and `op_list.`, which say nothing.
    private static readonly (string Original, string Canonical)[] Leaves =
    [
        ("context_module.qkv.conv.", "attn.qkv."),
        ("context_module.aggreg.", "attn.to_qkv_multiscale."),
        ("context_module.proj.conv.", "attn.to_out."),
        ("context_module.proj.norm.", "attn.norm_out."),
        ("local_module.inverted_conv.conv.", "conv_out.conv_inverted."),
        ("local_module.depth_conv.conv.", "conv_out.conv_depth."),
        ("local_module.point_conv.conv.", "conv_out.conv_point."),
        ("local_module.point_conv.norm.", "conv_out.norm."),
        ("conv1.conv.", "conv1."),
        ("conv2.conv.", "conv2."),
        ("conv2.norm.", "norm."),
        ("conv.conv.", "conv."),
        ("conv.", "conv."),
    ];

    // `project_in` and `project_out.2` of the variants without blocks in the finest level are resamplers, whose convolution is one level
    // deeper.
    private static readonly (string Original, string Canonical)[] EncoderEnds = [("project_in.conv.conv.", "conv_in.conv."),
        ("project_in.conv.", "conv_in."), ("project_out.0.conv.", "conv_out.")];
    private static readonly (string Original, string Canonical)[] DecoderEnds = [("project_in.conv.", "conv_in."),
        ("project_out.0.", "norm_out."), ("project_out.2.conv.conv.", "conv_out.conv."), ("project_out.2.conv.", "conv_out.")];

    private static readonly string[] Heads = ["encoder.conv_in.", "encoder.conv_out.", "encoder.down_blocks.", "decoder.conv_in.",
        "decoder.conv_out.", "decoder.norm_out.", "decoder.up_blocks."];

    /// <summary>The name itself when it is canonical, or null.</summary>
    public static string? FromDiffusers(string name)
    {
        foreach (string head in Heads)
            if (name.StartsWith(head, StringComparison.Ordinal)) return name;
        return null;
    }

    /// <summary>
    /// The canonical name of an original one, or null. A joint projection comes back as <c>...attn.qkv.weight</c> and has to be cut into
    /// thirds.
    /// </summary>
    public static string? FromOriginal(string name)
    {
        bool encoder = name.StartsWith("encoder.", StringComparison.Ordinal);
        if (!encoder && !name.StartsWith("decoder.", StringComparison.Ordinal)) return null;
        string half = name[..8], rest = name[8..].Replace("main.", "", StringComparison.Ordinal)
            .Replace("op_list.", "", StringComparison.Ordinal);
        if (!rest.StartsWith("stages.", StringComparison.Ordinal))
            return First(encoder ? EncoderEnds : DecoderEnds, rest) is { } end ? half + end : null;
        if (!KlNames.Index(rest["stages.".Length..], out int level, out string inner)
            || !KlNames.Index(inner, out int block, out string leaf)) return null;
        string? canonical = First(Leaves, leaf);
        const string multiscale = "attn.to_qkv_multiscale.";
        if (canonical?.StartsWith(multiscale, StringComparison.Ordinal) == true)
            canonical = KlNames.Index(canonical[multiscale.Length..], out int scale, out string projection)
                && First([("0.", "proj_in."), ("1.", "proj_out.")], projection) is { } part ? $"{multiscale}{scale}.{part}" : null;
        return canonical is null ? null : $"{half}{(encoder ? "down" : "up")}_blocks.{level}.{block}.{canonical}";
    }

    private static string? First((string From, string To)[] replacements, string text)
    {
        foreach ((string from, string to) in replacements)
            if (text.StartsWith(from, StringComparison.Ordinal)) return to + text[from.Length..];
        return null;
    }
}
