using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models.Flux;

/// <summary>
/// The weights of a FLUX.1 transformer under BFL's names, whatever file they come from: BFL's own, diffusers' (split projections, the last
/// modulation in the other order), a whole checkpoint of ComfyUI (prefix), GGUF, 8-bit floats with or without scales. Nothing is copied;
/// reading goes to the file.
/// </summary>
internal static class FluxWeights
{
    private const string BflMark = "double_blocks.0.img_attn.norm.key_norm.scale",
        DiffusersMark = "transformer_blocks.0.attn.norm_added_k.weight", DiffusersInput = "x_embedder.weight";

    // Names that only other architectures, or ways to store weights that are not read here, have.
    private static readonly (string Part, string What)[] Others =
    [
        ("distilled_guidance_layer.", "Chroma, whose modulations come from a network of their own"),
        ("single_stream_modulation.lin.", "FLUX.2, whose blocks share their modulations"),
            ("double_stream_modulation_img.lin.", "FLUX.2, whose blocks share their modulations"),
        ("joint_blocks.", "Stable Diffusion 3"), ("input_blocks.", "a UNet of Stable Diffusion"), ("down_blocks.0.attentions.", "a UNet of Stable Diffusion"),
        (".img_mod.1.weight", "Qwen-Image"), ("blocks.0.self_attn.q.weight", "Wan"), ("double_blocks.0.img_attn_qkv.", "HunyuanVideo"),
        (".qweight", "a file of Nunchaku (SVDQuant)"), (".quant_state.bitsandbytes__", "a file of bitsandbytes (NF4)"), (".weight_scale_2", "a file in NVFP4"),
    ];

    /// <summary>A view of a file.</summary>
    /// <exception cref="LatentSharpException">The file holds no FLUX.1 transformer, or holds it in a way that is not read here.</exception>
    public static WeightSource From(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        foreach ((string part, string what) in Others)
            if (file.Tensors.Keys.FirstOrDefault(n => n.Contains(part, StringComparison.Ordinal)) is { } name)
                throw new LatentSharpException(ErrorKind.Mismatch, file.Name,
                    $"a FLUX.1 transformer was expected; {name} belongs to {what}.", Remedy.Inspect(file.Name));
        if (CheckpointPart.PrefixOf(file, BflMark) is { } bfl) return CheckpointPart.Below(file, bfl);
        if (CheckpointPart.PrefixOf(file, DiffusersMark) is { } diffusers && file.Tensors.ContainsKey(diffusers + DiffusersInput))
            return FromDiffusers(CheckpointPart.Below(file, diffusers));
        throw new LatentSharpException(ErrorKind.Mismatch, file.Name,
            $"a FLUX.1 transformer was expected; there is no {BflMark} and no {DiffusersMark}.", Remedy.Inspect(file.Name));
    }

    private static RenamedWeights FromDiffusers(WeightSource source)
    {
        FluxModule[] modules = [.. FluxNames.Modules(Blocks("transformer_blocks"), Blocks("single_transformer_blocks"))];
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (FluxModule module in modules.Where(m => m.Parts.Length == 1 && !m.SwapsHalves))
            foreach (string end in module.IsScale ? ["weight"] : new[] { "weight", "bias" })
                names[$"{module.Parts[0]}.{end}"] = $"{module.Name}.{(module.IsScale ? "scale" : end)}";
        var joined = new JoinedWeights(source);
        foreach (FluxModule module in modules.Where(m => m.Parts.Length > 1 || m.SwapsHalves))
            foreach (string end in new[] { "weight", "bias" })
            {
                string[] parts = [.. module.Parts.Select(p => $"{p}.{end}")];
                if (parts.FirstOrDefault(p => !source.Tensors.ContainsKey(p)) is { } missing)
                    throw new LatentSharpException(ErrorKind.BadInput, source.Name,
                        $"the tensor {missing} of a FLUX.1 transformer is missing.", Remedy.OtherArchitecture(source.Name));
                string name = $"{module.Name}.{end}";
                try
                {
                    if (module.SwapsHalves) joined.SwapHalves(name, parts[0]);
                    else joined.Join(name, parts);
                }
                catch (ArgumentException error)
                {
                    throw new LatentSharpException(ErrorKind.BadInput, source.Name, $"{name} cannot be put together: {error.Message}",
                        Remedy.OtherArchitecture(source.Name), error);
                }
                names[name] = name;
            }
        return new RenamedWeights(joined, name => names.GetValueOrDefault(name));

        int Blocks(string name)
        {
            int count = 0;
            for (var w = new WeightScope(source)[name]; w[count].Exists;) count++;
            return count;
        }
    }
}
