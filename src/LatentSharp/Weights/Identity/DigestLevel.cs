using LatentSharp.Tensors;

namespace LatentSharp.Weights.Identity;

/// <summary>To which type the values are rounded before a content digest is taken.</summary>
public enum DigestLevel
{
    /// <summary>Float32, as read: equal for files that hold exactly the same numbers.</summary>
    Exact,
    /// <summary>Binary16: equal for a float32 file and its F16 copy.</summary>
    F16,
    /// <summary>bfloat16: equal for a float32 file and its BF16 copy. The level used where one is asked for.</summary>
    BF16,
    /// <summary>F8_E4M3: equal for a file and its direct F8_E4M3 copy.</summary>
    F8_E4M3,
}

/// <summary>Names of <see cref="DigestLevel"/> values and their relation to storage.</summary>
internal static class DigestLevels
{
    /// <summary>
    /// The level at which a file stored as <paramref name="type"/> has the digest of the float32 file it was rounded from.
    /// </summary>
    public static DigestLevel For(ElementType type) => type switch
    {
        ElementType.F16 => DigestLevel.F16,
        ElementType.BF16 => DigestLevel.BF16,
        ElementType.F8_E4M3 => DigestLevel.F8_E4M3,
        _ => DigestLevel.Exact,
    };

    /// <summary>The name in text: <c>exact</c>, <c>f16</c>, <c>bf16</c>, <c>f8_e4m3</c>.</summary>
    public static string Name(this DigestLevel level)
        => level switch { DigestLevel.Exact => "exact", DigestLevel.F16 => "f16", DigestLevel.BF16 => "bf16", _ => "f8_e4m3" };

    internal static ElementType Type(this DigestLevel level)
        => level switch
        {
            DigestLevel.Exact => ElementType.F32,
            DigestLevel.F16 => ElementType.F16,
            DigestLevel.BF16 => ElementType.BF16,
            _ => ElementType.F8_E4M3
        };
}
