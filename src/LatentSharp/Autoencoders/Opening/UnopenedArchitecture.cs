using LatentSharp.Models.Autoencoders;

namespace LatentSharp.Autoencoders.Opening;

/// <summary>Autoencoders that are known by name but not opened: people should hear what they have, not which tensor is missing.</summary>
internal static class UnopenedArchitecture
{
    // The tensors by which ComfyUI (comfy/sd.py) and diffusers (single_file_utils.py) tell them, the particular ones before the general.
    private static readonly (string Mark, string Name)[] Marks =
    [
        ("decoder.mid.block_1.mix_factor", "Stable Video Diffusion (frames over time)"),
        ("vquantizer.codebook.weight", "Stable Cascade, stage A"),
        ("blocks.11.num_batches_tracked", "Stable Cascade, stage C"),
        ("backbone.1.0.block.0.1.num_batches_tracked", "Stable Cascade, stage C"),
        ("decoder.up_blocks.0.res_blocks.0.conv1.conv.weight", "LTX-Video"),
        ("decoder.conv_in.conv.weight", "HunyuanVideo"),
        ("decoder.unpatcher3d.wavelets", "Cosmos (video)"),
        ("blocks.2.blocks.3.stack.5.weight", "Mochi (video)"),
        ("decoder.layers.1.layers.0.beta", "Stable Audio"),
    ];

    /// <summary>Refuses the weights of an architecture that is known but not opened.</summary>
    /// <exception cref="LatentSharpException">They are of one.</exception>
    public static void Refuse(CanonicalWeights weights, string path)
    {
        if (NameOf(weights) is { } name)
            throw new LatentSharpException(ErrorKind.BadInput, path, $"this is the autoencoder of {name}, which LatentSharp does not open.",
                $"It opens those of {string.Join(", ", AutoencoderFamily.All.Where(f => f != AutoencoderFamily.Pixels).Select(f => f.Title))}.");
    }

    private static string? NameOf(CanonicalWeights weights)
    {
        foreach ((string mark, string name) in Marks)
            if (weights.Unused.Concat(weights.Tensors.Keys).Any(n => n == mark || n.EndsWith("." + mark, StringComparison.Ordinal)))
                return name;
        return null;
    }
}
