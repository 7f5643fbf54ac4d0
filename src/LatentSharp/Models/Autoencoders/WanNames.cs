using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The tensor names of the Wan and Qwen-Image autoencoders. Canonical are the original ones, but for the two 1x1 convolutions around the
/// latent, which are called <c>quant_conv</c> and <c>post_quant_conv</c> as everywhere; the joint <c>to_qkv</c> is cut into thirds.
/// </summary>
internal static class WanNames
{
    private static readonly (string Original, string Canonical)[] Ends = [("conv1.", "quant_conv."), ("conv2.", "post_quant_conv.")];

    private static readonly string[] Parts = ["conv1.", "middle.", "head.", "downsamples.", "upsamples."];

    private static readonly (string Diffusers, string Original)[] Places =
    [
        ("conv_in.", "conv1."), ("norm_out.", "head.0."), ("conv_out.", "head.2."),
        ("mid_block.resnets.0.", "middle.0."), ("mid_block.attentions.0.", "middle.1."), ("mid_block.resnets.1.", "middle.2."),
    ];

    private static readonly (string Diffusers, string Original)[] Leaves =
    [
        ("norm1.", "residual.0."), ("conv1.", "residual.2."), ("norm2.", "residual.3."), ("conv2.", "residual.6."),
            ("conv_shortcut.", "shortcut."),
    ];

    /// <summary>The canonical name of an original one, or null.</summary>
    public static string? FromOriginal(string name)
    {
        foreach ((string original, string canonical) in Ends)
            if (name.StartsWith(original, StringComparison.Ordinal)) return canonical + name[original.Length..];
        if (!HalfOf(name, out string half, out string rest)) return null;
        return Parts.Any(p => rest.StartsWith(p, StringComparison.Ordinal)) ? half + rest : null;
    }

    /// <summary>The canonical name of a diffusers one, or null.</summary>
    /// <param name="name">The name without the checkpoint's prefix.</param>
    /// <param name="blocks">How many blocks stand in front of a level's resampler, by half and level.</param>
    public static string? FromDiffusers(string name, WanBlocks blocks)
    {
        if (name.StartsWith("quant_conv.", StringComparison.Ordinal) || name.StartsWith("post_quant_conv.", StringComparison.Ordinal))
            return name;
        if (!HalfOf(name, out string half, out string rest)) return null;
        foreach ((string diffusers, string original) in Places)
            if (rest.StartsWith(diffusers, StringComparison.Ordinal)) return half + original + Leaf(rest[diffusers.Length..]);
        bool encoder = half == "encoder.";
        string levels = encoder ? "down_blocks." : "up_blocks.", list = encoder ? "downsamples." : "upsamples.";
        if (!rest.StartsWith(levels, StringComparison.Ordinal) || !KlNames.Index(rest[levels.Length..], out int level, out string inner))
            return null;
        if (encoder && !blocks.Staged) return $"{half}{list}{level}.{Leaf(inner)}";
        int index;
        string leaf;
        if (inner.StartsWith("resnets.", StringComparison.Ordinal))
        {
            if (!KlNames.Index(inner["resnets.".Length..], out index, out leaf)) return null;
        }
        else
        {
            string[] resamplers = ["downsampler.", "upsampler.", "upsamplers.0."];
            if (resamplers.FirstOrDefault(r => inner.StartsWith(r, StringComparison.Ordinal)) is not { } resampler) return null;
            (index, leaf) = (blocks.In(half, level), inner[resampler.Length..]);
        }
        return blocks.Staged ? $"{half}{list}{level}.{list}{index}.{Leaf(leaf)}"
            : $"{half}{list}{blocks.Before(half, level) + index}.{Leaf(leaf)}";
    }

    /// <summary>
    /// Whether a set of names under a prefix is that of these autoencoders in diffusers' layout: normalisations called <c>gamma</c> in a
    /// middle block.
    /// </summary>
    public static bool AreDiffusers(IReadOnlyDictionary<string, TensorInfo> tensors, string prefix)
        => tensors.ContainsKey(prefix + "decoder.mid_block.resnets.0.norm1.gamma") || tensors.ContainsKey(prefix + "encoder.mid_block.resnets.0.norm1.gamma");

    private static string Leaf(string leaf)
    {
        foreach ((string diffusers, string original) in Leaves)
            if (leaf.StartsWith(diffusers, StringComparison.Ordinal)) return original + leaf[diffusers.Length..];
        return leaf;
    }

    private static bool HalfOf(string name, out string half, out string rest)
    {
        half = name.StartsWith("encoder.", StringComparison.Ordinal) ? "encoder."
            : name.StartsWith("decoder.", StringComparison.Ordinal) ? "decoder." : "";
        rest = name[half.Length..];
        return half.Length > 0;
    }
}

/// <summary>
/// How many residual blocks the levels of a diffusers file have, so that its resamplers can be numbered as the original does.
/// </summary>
internal sealed class WanBlocks
{
    private readonly Dictionary<(string Half, int Level), int> blocks = [];

    /// <summary>Counts them among names without prefix.</summary>
    public WanBlocks(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            Staged |= name.StartsWith("encoder.down_blocks.0.resnets.", StringComparison.Ordinal) || name.Contains(".upsampler.", StringComparison.Ordinal);
            foreach ((string half, string levels) in (ReadOnlySpan<(string, string)>)[("encoder.", "down_blocks."),
                ("decoder.", "up_blocks.")])
            {
                string head = half + levels;
                if (!name.StartsWith(head, StringComparison.Ordinal)
                    || !KlNames.Index(name[head.Length..], out int level, out string inner)) continue;
                if (inner.StartsWith("resnets.", StringComparison.Ordinal)
                    && KlNames.Index(inner["resnets.".Length..], out int block, out _))
                    blocks[(half, level)] = Math.Max(In(half, level), block + 1);
            }
        }
    }

    /// <summary>Whether the levels are stages of their own (Wan 2.2, Qwen-Image-2.1) instead of one long list.</summary>
    public bool Staged { get; }

    /// <summary>Residual blocks of a level.</summary>
    public int In(string half, int level) => blocks.GetValueOrDefault((half, level));

    /// <summary>Blocks and resamplers of all levels before one, in one long list.</summary>
    public int Before(string half, int level) => Enumerable.Range(0, level).Sum(l => In(half, l) + 1);
}
