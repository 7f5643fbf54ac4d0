namespace LatentSharp.Networks;

/// <summary>
/// What reads prompts and pictures: CLIP, T5, language models, SigLIP, under the names of transformers, OpenCLIP and llama.cpp.
/// </summary>
internal static class Encoders
{
    private const string Clip = "text_model.embeddings.token_embedding.weight", OpenClip = "transformer.resblocks.0.ln_1.weight",
        OpenClipWords = "token_embedding.weight", T5 = "encoder.final_layer_norm.weight", GgufT5 = "enc.output_norm.weight",
        Vision = "vision_model.embeddings.patch_embedding.weight", Siglip = "vision_model.embeddings.patch_embedding.bias";

    /// <summary>The encoders among names; one more for each prefix before their names.</summary>
    public static IEnumerable<Network> Of(NetworkNames names)
        => [.. Clips(names), .. T5s(names), .. LanguageModels(names), .. ImageEncoders(names)];

    // CLIP-L, the larger one of Stable Diffusion XL and 3, and the one of Stable Diffusion 2 differ in their width.
    private static IEnumerable<Network> Clips(NetworkNames names)
    {
        foreach (string prefix in names.PrefixesOf(Clip))
            yield return OfWidth(prefix + Clip, names.Dimension(prefix + Clip, 1)) with { Prefix = prefix };
        foreach (string prefix in names.PrefixesOf(OpenClip))
            yield return OfWidth(prefix + OpenClip, names.Dimension(prefix + OpenClip, 0)
                ?? names.Dimension(prefix + OpenClipWords, 1)) with
            { Prefix = prefix };
        // A part of an encoder is one too.
        if (names.First("text_model.encoder.layers.0.") is { } layer && names.First(Clip) is null) yield return OfWidth(layer, null);

        static Network OfWidth(string tensor, long? width) => width switch
        {
            768 => new Network(NetworkRole.TextEncoder, "clip-l", "a CLIP text encoder (CLIP-L)", null, tensor),
            1280 => new Network(NetworkRole.TextEncoder, "clip-g", "a CLIP text encoder (CLIP-G)", null, tensor),
            1024 => new Network(NetworkRole.TextEncoder, "clip-h", "a CLIP text encoder (OpenCLIP-H)", null, tensor),
            _ => new Network(NetworkRole.TextEncoder, "clip", "a CLIP text encoder", null, tensor),
        };
    }

    // UMT5, which Wan uses, has a table of distances in every block, T5 in the first only.
    private static IEnumerable<Network> T5s(NetworkNames names)
    {
        foreach ((string end, string bias) in (ReadOnlySpan<(string, string)>)
            [(T5, "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight"), (GgufT5, "enc.blk.1.attn_rel_b.weight")])
            foreach (string prefix in names.PrefixesOf(end))
                return [(names.Dimension(prefix + end, 0), names.First(bias) is not null) switch
                {
                    (_, true) => new Network(NetworkRole.TextEncoder, "umt5", "a UMT5 text encoder", null, prefix + end),
                    (4096, _) => new Network(NetworkRole.TextEncoder, "t5-xxl", "a T5 text encoder (T5-XXL)", null, prefix + end),
                    _ => new Network(NetworkRole.TextEncoder, "t5", "a T5 text encoder", null, prefix + end),
                } with { Prefix = prefix }];
        return names.First("encoder.block.0.layer.0.SelfAttention.") is { } part
            ? [new Network(NetworkRole.TextEncoder, "t5", "a T5 text encoder", null, part)] : [];
    }

    private static IEnumerable<Network> LanguageModels(NetworkNames names)
    {
        if (names.First("model.layers.0.self_attn.") is { } tensor)
            yield return new Network(NetworkRole.TextEncoder, null, "a language model", null, tensor);
        else if (names.First("token_embd.weight") is { } words && names.First(GgufT5) is null)
            yield return new Network(NetworkRole.TextEncoder, null, "a language model or text encoder (GGUF)", null, words);
    }

    private static IEnumerable<Network> ImageEncoders(NetworkNames names)
    {
        if (names.First("vision_model.encoder.layers.0.") is not { } tensor) yield break;
        // CLIP's patches have no bias.
        yield return (names.First(Siglip) is not null, names.DimensionAt(Vision, 0)) switch
        {
            (_, 1152) => new Network(NetworkRole.ImageEncoder, "siglip-so400m", "a SigLIP image encoder", null, tensor),
            (true, _) => new Network(NetworkRole.ImageEncoder, "siglip", "a SigLIP image encoder", null, tensor),
            _ => new Network(NetworkRole.ImageEncoder, "clip-vision", "a CLIP image encoder", null, tensor),
        };
    }
}
