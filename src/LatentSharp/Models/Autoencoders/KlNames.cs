using System.Globalization;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The tensor names of the KL autoencoders: BFL/LDM, which are the canonical ones, and diffusers (AutoencoderKL of diffusers 58eb52c, with
/// the attention names of earlier versions). diffusers counts the decoder's levels in execution order, BFL from the finest: level i of one
/// is level levels-1-i of the other.
/// </summary>
internal static class KlNames
{
    private static readonly (string Diffusers, string Canonical)[] Attention =
    [
        ("group_norm.", "norm."), ("to_q.", "q."), ("to_k.", "k."), ("to_v.", "v."), ("to_out.0.", "proj_out."),
        ("to_out.", "proj_out."), ("query.", "q."), ("key.", "k."), ("value.", "v."), ("proj_attn.", "proj_out."),
    ];

    private static readonly string[] LdmHeads =
    [
        "encoder.conv_in.", "encoder.conv_out.", "encoder.norm_out.", "encoder.mid.", "encoder.down.",
        "decoder.conv_in.", "decoder.conv_out.", "decoder.norm_out.", "decoder.mid.", "decoder.up.",
        "quant_conv.", "post_quant_conv.", "bn.",
    ];

    /// <summary>
    /// Whether a canonical name is the weight of one of the attention's projections, stored as [C, C] by diffusers and as [C, C, 1, 1] by
    /// BFL.
    /// </summary>
    public static bool IsProjectionWeight(string canonical)
        => canonical.EndsWith(".q.weight", StringComparison.Ordinal) || canonical.EndsWith(".k.weight", StringComparison.Ordinal)
        || canonical.EndsWith(".v.weight", StringComparison.Ordinal) || canonical.EndsWith(".proj_out.weight", StringComparison.Ordinal);

    /// <summary>
    /// The canonical name of a name without prefix in the BFL or LDM layout, or null. FLUX.2 files keep the quantisation convolutions
    /// inside encoder and decoder.
    /// </summary>
    public static string? FromLdm(string name)
    {
        if (name.StartsWith("encoder.quant_conv.", StringComparison.Ordinal)) return name["encoder.".Length..];
        if (name.StartsWith("decoder.post_quant_conv.", StringComparison.Ordinal)) return name["decoder.".Length..];
        foreach (string head in LdmHeads)
            if (name.StartsWith(head, StringComparison.Ordinal)) return name;
        return null;
    }

    /// <summary>The canonical name of a name without prefix in the diffusers layout, or null.</summary>
    /// <param name="name">The diffusers name.</param>
    /// <param name="upLevels">The number of levels of the decoder.</param>
    public static string? FromDiffusers(string name, int upLevels)
    {
        if (name.StartsWith("quant_conv.", StringComparison.Ordinal) || name.StartsWith("post_quant_conv.", StringComparison.Ordinal)
            || name.StartsWith("bn.", StringComparison.Ordinal)) return name;
        bool encoder = name.StartsWith("encoder.", StringComparison.Ordinal);
        if (!encoder && !name.StartsWith("decoder.", StringComparison.Ordinal)) return null;
        string half = name[..8], rest = name[8..];
        if (rest.StartsWith("conv_in.", StringComparison.Ordinal) || rest.StartsWith("conv_out.", StringComparison.Ordinal)) return name;
        if (rest.StartsWith("conv_norm_out.", StringComparison.Ordinal)) return half + rest["conv_".Length..];
        if (rest.StartsWith("mid_block.resnets.", StringComparison.Ordinal))
            return Index(rest["mid_block.resnets.".Length..], out int block, out string leaf) ? $"{half}mid.block_{block + 1}.{Leaf(leaf)}"
                : null;
        if (rest.StartsWith("mid_block.attentions.", StringComparison.Ordinal))
            return Index(rest["mid_block.attentions.".Length..], out int attention, out string part) && FromAttention(part) is { } canonical
                ? $"{half}mid.attn_{attention + 1}.{canonical}" : null;
        string blocks = encoder ? "down_blocks." : "up_blocks.", level = encoder ? "down" : "up", sampler = encoder
            ? "downsample" : "upsample";
        if (!rest.StartsWith(blocks, StringComparison.Ordinal) || !Index(rest[blocks.Length..], out int i, out string inner)) return null;
        if (!encoder) i = upLevels - 1 - i;
        if (inner.StartsWith("resnets.", StringComparison.Ordinal))
            return Index(inner["resnets.".Length..], out int j, out string leaf) ? $"{half}{level}.{i}.block.{j}.{Leaf(leaf)}" : null;
        if (inner.StartsWith("attentions.", StringComparison.Ordinal))
            return Index(inner["attentions.".Length..], out int j, out string part) && FromAttention(part) is { } canonical
                ? $"{half}{level}.{i}.attn.{j}.{canonical}" : null;
        string samplers = encoder ? "downsamplers.0." : "upsamplers.0.";
        return inner.StartsWith(samplers, StringComparison.Ordinal) ? $"{half}{level}.{i}.{sampler}.{inner[samplers.Length..]}" : null;

        static string Leaf(string leaf) => leaf.StartsWith("conv_shortcut.", StringComparison.Ordinal)
            ? "nin_shortcut." + leaf["conv_shortcut.".Length..] : leaf;
    }

    /// <summary>The diffusers name of a canonical name (current attention names).</summary>
    public static string ToDiffusers(string canonical, int upLevels)
    {
        string[] parts = canonical.Split('.');
        if (parts is not [("encoder" or "decoder") and var half, ..]) return canonical;
        return parts switch
        {
            [_, "norm_out", ..] => $"{half}.conv_norm_out.{Join(parts, 2)}",
            [_, "mid", "block_1", ..] => $"{half}.mid_block.resnets.0.{Block(parts, 3)}",
            [_, "mid", "block_2", ..] => $"{half}.mid_block.resnets.1.{Block(parts, 3)}",
            [_, "mid", "attn_1", ..] => $"{half}.mid_block.attentions.0.{ToAttention(Join(parts, 3))}",
            [_, "down", var i, "block", var j, ..] => $"{half}.down_blocks.{i}.resnets.{j}.{Block(parts, 5)}",
            [_, "down", var i, "attn", var j, ..] => $"{half}.down_blocks.{i}.attentions.{j}.{ToAttention(Join(parts, 5))}",
            [_, "down", var i, "downsample", ..] => $"{half}.down_blocks.{i}.downsamplers.0.{Join(parts, 4)}",
            [_, "up", var i, "block", var j, ..] => $"{half}.up_blocks.{Mirror(i)}.resnets.{j}.{Block(parts, 5)}",
            [_, "up", var i, "attn", var j, ..] => $"{half}.up_blocks.{Mirror(i)}.attentions.{j}.{ToAttention(Join(parts, 5))}",
            [_, "up", var i, "upsample", ..] => $"{half}.up_blocks.{Mirror(i)}.upsamplers.0.{Join(parts, 4)}",
            _ => canonical,
        };

        string Mirror(string i) => (upLevels - 1 - int.Parse(i, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture);
        static string Block(string[] parts, int from)
            => parts[from] == "nin_shortcut" ? "conv_shortcut." + Join(parts, from + 1) : Join(parts, from);
        static string Join(string[] parts, int from) => string.Join('.', parts, from, parts.Length - from);
    }

    /// <summary>
    /// One more than the highest level in names that begin with <paramref name="head"/> and a number; 0 when there is none.
    /// </summary>
    public static int Levels(IEnumerable<string> names, string head)
    {
        int levels = 0;
        foreach (string name in names)
            if (name.StartsWith(head, StringComparison.Ordinal) && Index(name[head.Length..], out int level, out _))
                levels = Math.Max(levels, level + 1);
        return levels;
    }

    /// <summary>Splits <c>12.rest</c> into 12 and <c>rest</c>.</summary>
    public static bool Index(string text, out int index, out string rest)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        rest = dot < 0 ? "" : text[(dot + 1)..];
        return int.TryParse(dot < 0 ? text : text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && index < 1000 && rest.Length > 0;
    }

    private static string? FromAttention(string part)
    {
        foreach ((string diffusers, string canonical) in Attention)
            if (part.StartsWith(diffusers, StringComparison.Ordinal)) return canonical + part[diffusers.Length..];
        return null;
    }

    private static string ToAttention(string part)
    {
        foreach ((string diffusers, string canonical) in Attention)
            if (part.StartsWith(canonical, StringComparison.Ordinal)) return diffusers + part[canonical.Length..];
        return part;
    }
}
