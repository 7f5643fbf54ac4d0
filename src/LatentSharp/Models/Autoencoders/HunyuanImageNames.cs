using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The tensor names of HunyuanImage 2.1's autoencoder. Canonical are the original ones, which are those of the KL autoencoder but for the
/// decoder's levels, counted from the coarsest; diffusers has one flat list of blocks and resamplers for each half.
/// </summary>
internal static class HunyuanImageNames
{
    private const int LatentChannels = 64;

    // Blocks of a level, in front of its resampler.
    private const int EncoderBlocks = 2, DecoderBlocks = 3;

    private static readonly (string Diffusers, string Original)[] Places =
    [
        ("conv_in.", "conv_in."), ("conv_out.", "conv_out."), ("norm_out.", "norm_out."), ("conv_norm_out.", "norm_out."),
        ("mid_block.resnets.0.", "mid.block_1."), ("mid_block.resnets.1.", "mid.block_2."),
        ("mid_block.attentions.0.group_norm.", "mid.attn_1.norm."), ("mid_block.attentions.0.norm.", "mid.attn_1.norm."),
        ("mid_block.attentions.0.to_q.", "mid.attn_1.q."), ("mid_block.attentions.0.to_k.", "mid.attn_1.k."), ("mid_block.attentions.0.to_v.", "mid.attn_1.v."),
        ("mid_block.attentions.0.proj.", "mid.attn_1.proj_out."),
    ];

    /// <summary>Whether the names under a prefix are diffusers' for this architecture: blocks straight in the list of the levels.</summary>
    public static bool AreDiffusers(IReadOnlyDictionary<string, TensorInfo> tensors, string prefix)
        => (tensors.ContainsKey(prefix + "decoder.up_blocks.0.norm1.weight") && tensors.ContainsKey(prefix + "decoder.up_blocks.0.conv1.weight"))
        || (tensors.ContainsKey(prefix + "encoder.down_blocks.0.norm1.weight") && tensors.ContainsKey(prefix + "encoder.down_blocks.0.conv1.weight"));

    /// <summary>
    /// Whether the names under a prefix are the original ones: those of the KL autoencoder with this one's number of latent channels and a
    /// resampler on the level that KL leaves alone.
    /// </summary>
    public static bool AreOriginal(IReadOnlyDictionary<string, TensorInfo> tensors, string prefix)
        => tensors.ContainsKey(prefix + "decoder.up.0.upsample.conv.weight") && tensors.TryGetValue(prefix + "decoder.conv_in.weight", out TensorInfo? first)
            && first.Shape is { Rank: 4 } shape && shape[1] == LatentChannels
        || tensors.TryGetValue(prefix + "encoder.conv_out.weight", out TensorInfo? last) && last.Shape is { Rank: 4 } moments
        && moments[0] == 2 * LatentChannels;

    /// <summary>The canonical name of a diffusers one, or null.</summary>
    public static string? FromDiffusers(string name)
    {
        bool encoder = name.StartsWith("encoder.", StringComparison.Ordinal);
        if (!encoder && !name.StartsWith("decoder.", StringComparison.Ordinal)) return null;
        string half = name[..8], rest = name[8..];
        foreach ((string diffusers, string original) in Places)
            if (rest.StartsWith(diffusers, StringComparison.Ordinal)) return half + original + rest[diffusers.Length..];
        string list = encoder ? "down_blocks." : "up_blocks.";
        if (!rest.StartsWith(list, StringComparison.Ordinal) || !KlNames.Index(rest[list.Length..], out int index, out string leaf))
            return null;
        int blocks = encoder ? EncoderBlocks : DecoderBlocks, level = index / (blocks + 1), block = index % (blocks + 1);
        string place = $"{half}{(encoder ? "down" : "up")}.{level}";
        if (block < blocks) return $"{place}.block.{block}.{leaf}";
        return leaf.StartsWith("conv.", StringComparison.Ordinal) ? $"{place}.{(encoder ? "downsample" : "upsample")}.{leaf}" : null;
    }
}
