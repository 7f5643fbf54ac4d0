using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Models.Pixel;

/// <summary>
/// The weights of a UNet on pixels under today's names of diffusers. Published files mostly have the legacy names of the attention
/// (<c>query key value proj_attn</c>) and sometimes those of an early converter (<c>downsamplers.0.op</c>).
/// </summary>
internal static class UNet2DWeights
{
    /// <summary>What the model is called among others.</summary>
    public const string Name = "unet2d";

    /// <summary>A tensor that every such UNet has.</summary>
    public const string Mark = "time_embedding.linear_1.weight";

    private const string Block = "down_blocks.0.resnets.0.time_emb_proj.weight";

    // Parts of names that only other UNets have.
    private static readonly (string Part, string What)[] Others =
    [
        (".transformer_blocks.", "a UNet that reads text, such as that of Stable Diffusion"),
        ("add_embedding.", "the UNet of Stable Diffusion XL"),
        ("class_embedding.", "a UNet that is told a class"),
        (".skip_conv.", "NCSN++"), (".attn2.", "a UNet that reads text, such as that of Stable Diffusion"),
    ];

    private static readonly (string Legacy, string Today)[] Names =
    [
        (".query.", ".to_q."), (".key.", ".to_k."), (".value.", ".to_v."), (".proj_attn.", ".to_out.0."), (".downsamplers.0.op.", ".downsamplers.0.conv."),
    ];

    /// <summary>Whether a file holds such a UNet.</summary>
    public static bool IsIn(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return PrefixOf(file) is not null && !file.Tensors.Keys.Any(n => Other(n) is not null);
    }

    /// <summary>A view of a file.</summary>
    /// <exception cref="LatentSharpException">The file holds no such UNet.</exception>
    public static WeightSource From(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        foreach (string name in file.Tensors.Keys)
            if (Other(name) is { } what)
                throw new LatentSharpException(ErrorKind.Mismatch, file.Name, $"a UNet on pixels was expected; {name} belongs to {what}.",
                    Remedy.Inspect(file.Name));
        string prefix = PrefixOf(file) ?? throw new LatentSharpException(ErrorKind.Mismatch, file.Name,
            $"a UNet on pixels was expected; there is no {Mark} with {Block}.", Remedy.Inspect(file.Name));
        try
        {
            return new RenamedWeights(CheckpointPart.Below(file, prefix), Today);
        }
        catch (ArgumentException error)
        {
            throw new LatentSharpException(ErrorKind.BadInput, file.Name, $"tensors are there under two names: {error.Message}.",
                Remedy.OtherArchitecture(file.Name), error);
        }
    }

    private static string? PrefixOf(WeightSource file)
        => CheckpointPart.PrefixOf(file, Block) is { } prefix && file.Tensors.ContainsKey(prefix + Mark) ? prefix : null;

    private static string? Other(string name)
        => Array.Find(Others, o => name.Contains(o.Part, StringComparison.Ordinal)).What;

    private static string Today(string name)
    {
        foreach ((string legacy, string today) in Names) name = name.Replace(legacy, today, StringComparison.Ordinal);
        return name;
    }
}
