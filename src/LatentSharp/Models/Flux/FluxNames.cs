using System.Globalization;

namespace LatentSharp.Models.Flux;

/// <summary>
/// A module of FLUX.1 under BFL's names, and the modules of which diffusers makes it (diffusers 58eb52c, loaders/single_file_utils.py):
/// one, or several that are one after the other in its rows.
/// </summary>
/// <param name="Name">BFL's name: <c>double_blocks.0.img_attn.qkv</c>.</param>
/// <param name="Parts">The names in diffusers, in the order of the rows.</param>
/// <param name="SwapsHalves">Whether diffusers keeps the halves of the rows in the other order: scale and shift of the last
/// modulation.</param>
internal sealed record FluxModule(string Name, string[] Parts, bool SwapsHalves = false)
{
    /// <summary>
    /// Whether it is a list of factors, <c>NAME.scale</c> here and <c>PART.weight</c> there, and no matrix with an offset.
    /// </summary>
    public bool IsScale => Name.EndsWith("_norm", StringComparison.Ordinal);
}

/// <summary>The names of a FLUX.1 transformer.</summary>
internal static class FluxNames
{
    private static readonly (string Bfl, string Diffusers)[] Ends =
    [
        ("img_in", "x_embedder"), ("txt_in", "context_embedder"),
        ("time_in.in_layer", "time_text_embed.timestep_embedder.linear_1"), ("time_in.out_layer", "time_text_embed.timestep_embedder.linear_2"),
        ("vector_in.in_layer", "time_text_embed.text_embedder.linear_1"), ("vector_in.out_layer", "time_text_embed.text_embedder.linear_2"),
        ("guidance_in.in_layer", "time_text_embed.guidance_embedder.linear_1"), ("guidance_in.out_layer", "time_text_embed.guidance_embedder.linear_2"),
        ("final_layer.linear", "proj_out"),
    ];

    private static readonly (string Bfl, string[] Diffusers)[] Double =
    [
        ("img_mod.lin", ["norm1.linear"]), ("txt_mod.lin", ["norm1_context.linear"]),
        ("img_attn.qkv", ["attn.to_q", "attn.to_k", "attn.to_v"]),
            ("txt_attn.qkv", ["attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"]),
        ("img_attn.norm.query_norm", ["attn.norm_q"]), ("img_attn.norm.key_norm", ["attn.norm_k"]),
        ("txt_attn.norm.query_norm", ["attn.norm_added_q"]), ("txt_attn.norm.key_norm", ["attn.norm_added_k"]),
        ("img_attn.proj", ["attn.to_out.0"]), ("txt_attn.proj", ["attn.to_add_out"]),
        ("img_mlp.0", ["ff.net.0.proj"]), ("img_mlp.2", ["ff.net.2"]), ("txt_mlp.0", ["ff_context.net.0.proj"]), ("txt_mlp.2", ["ff_context.net.2"]),
    ];

    private static readonly (string Bfl, string[] Diffusers)[] Single =
    [
        ("modulation.lin", ["norm.linear"]), ("linear1", ["attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"]), ("linear2", ["proj_out"]),
        ("norm.query_norm", ["attn.norm_q"]), ("norm.key_norm", ["attn.norm_k"]),
    ];

    /// <summary>Every module of a transformer with so many blocks.</summary>
    public static IEnumerable<FluxModule> Modules(int doubleBlocks, int singleBlocks)
    {
        foreach ((string bfl, string diffusers) in Ends) yield return new FluxModule(bfl, [diffusers]);
        yield return new FluxModule("final_layer.adaLN_modulation.1", ["norm_out.linear"], SwapsHalves: true);
        for (int i = 0; i < doubleBlocks; i++)
            foreach ((string bfl, string[] parts) in Double) yield return Block("double_blocks", "transformer_blocks", i, bfl, parts);
        for (int i = 0; i < singleBlocks; i++)
            foreach ((string bfl, string[] parts) in Single) yield return Block("single_blocks", "single_transformer_blocks", i, bfl, parts);
    }

    private static FluxModule Block(string bflBlocks, string diffusersBlocks, int index, string bfl, string[] parts)
    {
        string i = index.ToString(CultureInfo.InvariantCulture);
        return new FluxModule($"{bflBlocks}.{i}.{bfl}", [.. parts.Select(p => $"{diffusersBlocks}.{i}.{p}")]);
    }
}
