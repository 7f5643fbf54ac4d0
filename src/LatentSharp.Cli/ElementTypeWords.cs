using System.Collections.Frozen;
using LatentSharp.Tensors;

namespace LatentSharp.Cli;

/// <summary>Words for how numbers are stored, in every spelling of the field.</summary>
internal static class ElementTypeWords
{
    /// <summary>What latents are stored as.</summary>
    internal static readonly FrozenDictionary<string, ElementType> Latents = Words(
        ("f32", ElementType.F32), ("f16", ElementType.F16), ("bf16", ElementType.BF16), ("fp32", ElementType.F32), ("fp16", ElementType.F16),
        ("float32", ElementType.F32), ("float16", ElementType.F16), ("bfloat16", ElementType.BF16), ("float", ElementType.F32),
        ("half", ElementType.F16));

    /// <summary>What weights are stored as.</summary>
    internal static readonly FrozenDictionary<string, ElementType> Weights = Words(
        [.. Latents.Select(w => (w.Key, w.Value)), ("f8_e4m3", ElementType.F8_E4M3), ("fp8_e4m3", ElementType.F8_E4M3),
            ("fp8_e4m3fn", ElementType.F8_E4M3), ("float8_e4m3fn", ElementType.F8_E4M3)]);

    /// <summary>Those that help shows.</summary>
    internal const string LatentsShown = "f32|f16|bf16", WeightsShown = LatentsShown + "|f8_e4m3";

    private static FrozenDictionary<string, ElementType> Words(params (string Word, ElementType Type)[] words)
        => words.ToFrozenDictionary(w => w.Word, w => w.Type, StringComparer.OrdinalIgnoreCase);
}
