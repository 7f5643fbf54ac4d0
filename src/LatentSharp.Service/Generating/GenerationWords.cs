using System.Collections.Immutable;
using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Pipelines;

namespace LatentSharp.Service.Generating;

/// <summary>The words in which requests name generators, orders and customs.</summary>
public static class GenerationWords
{
    /// <summary>Generators of noise.</summary>
    public static ImmutableArray<string> Noises { get; } = [.. NoiseKinds.Select(n => n.Word)];

    /// <summary>Ways to draw the noise of several pictures.</summary>
    public static ImmutableArray<string> Orders { get; } = [.. NoiseOrders.Select(n => n.Word)];

    /// <summary>Programs whose customs with pictures and masks are known.</summary>
    public static ImmutableArray<string> Rules { get; } = [.. ImageRules.Select(n => n.Word)];

    private static (string Word, NoiseKind Value)[] NoiseKinds =>
        [("native", NoiseKind.Native), ("torch-fp32", NoiseKind.TorchFloat32), ("torch-bf16", NoiseKind.TorchBFloat16),
            ("torch-fp16", NoiseKind.TorchFloat16), ("nv", NoiseKind.Nv)];

    private static (string Word, NoiseOrder Value)[] NoiseOrders =>
        [("bfl", NoiseOrder.Bfl), ("diffusers", NoiseOrder.Diffusers), ("comfyui", NoiseOrder.Comfy)];

    private static (string Word, ImageRule Value)[] ImageRules =>
        [("comfyui", ImageRule.Comfy), ("diffusers", ImageRule.Diffusers), ("bfl", ImageRule.Bfl)];

    internal static NoiseKind Noise(string word) => Find("noise", word, NoiseKinds);

    internal static NoiseOrder Order(string word) => Find("noise order", word, NoiseOrders);

    internal static ImageRule Rule(string word) => Find("rule", word, ImageRules);

    private static T Find<T>(string what, string word, (string Word, T Value)[] known)
    {
        foreach ((string name, T value) in known)
            if (name == word) return value;
        throw new LatentSharpException(ErrorKind.Usage, what,
            $"{word} is not known; there are {string.Join(", ", known.Select(k => k.Word))}.");
    }
}
