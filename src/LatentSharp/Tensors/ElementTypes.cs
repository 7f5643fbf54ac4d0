namespace LatentSharp.Tensors;

/// <summary>Sizes and names of <see cref="ElementType"/> values.</summary>
public static class ElementTypes
{
    /// <summary>Elements in the smallest unit that can be stored on its own: 1, or the block length of a quantised type.</summary>
    public static int BlockLength(this ElementType type) => type switch
    {
        ElementType.Q4_0 or ElementType.Q4_1 or ElementType.Q5_0 or ElementType.Q5_1 or ElementType.Q8_0 => 32,
        ElementType.Q2_K or ElementType.Q3_K or ElementType.Q4_K or ElementType.Q5_K or ElementType.Q6_K => 256,
        ElementType.F4 => 2,
        ElementType.F6_E2M3 or ElementType.F6_E3M2 => 4,
        _ => 1,
    };

    /// <summary>Bytes of one block (of one element where <see cref="BlockLength"/> is 1).</summary>
    public static int BlockBytes(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.I64 or ElementType.U64 or ElementType.C64 => 8,
        ElementType.F32 or ElementType.I32 or ElementType.U32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 or ElementType.U16 => 2,
        ElementType.F8_E4M3 or ElementType.F8_E5M2 or ElementType.F8_E8M0 or ElementType.F8_E4M3FNUZ or ElementType.F8_E5M2FNUZ
            or ElementType.F4 => 1,
        ElementType.F6_E2M3 or ElementType.F6_E3M2 => 3,
        ElementType.I8 or ElementType.U8 or ElementType.Bool => 1,
        ElementType.Q4_0 => 18,
        ElementType.Q4_1 => 20,
        ElementType.Q5_0 => 22,
        ElementType.Q5_1 => 24,
        ElementType.Q8_0 => 34,
        ElementType.Q2_K => 84,
        ElementType.Q3_K => 110,
        ElementType.Q4_K => 144,
        ElementType.Q5_K => 176,
        ElementType.Q6_K => 210,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    /// <summary>Whether the values are numbers with a fraction: the types that weights are stored in.</summary>
    public static bool IsFloat(this ElementType type) => type is ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16
        or ElementType.F8_E4M3 or ElementType.F8_E5M2 or ElementType.F8_E8M0 or ElementType.F8_E4M3FNUZ or ElementType.F8_E5M2FNUZ
        || type.IsGguf();

    /// <summary>Whether the type is one of GGUF's blocks, which safetensors does not have.</summary>
    public static bool IsGguf(this ElementType type) => type >= ElementType.Q4_0;

    /// <summary>The name that the safetensors format gives the type (<c>BOOL</c> for <see cref="ElementType.Bool"/>).</summary>
    public static string Name(this ElementType type) => type == ElementType.Bool ? "BOOL" : type.ToString();

    /// <summary>The type with the given safetensors name, or null.</summary>
    public static ElementType? FromName(string name)
    {
        if (name == "BOOL") return ElementType.Bool;
        foreach (ElementType type in Enum.GetValues<ElementType>())
            if (type != ElementType.Bool && !type.IsGguf() && type.ToString() == name) return type;
        return null;
    }
}
