namespace LatentSharp.Tensors;

/// <summary>How one element of a stored tensor is encoded. The first group carries the names of the safetensors format.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary64.</summary>
    F64,
    /// <summary>IEEE 754 binary32.</summary>
    F32,
    /// <summary>IEEE 754 binary16.</summary>
    F16,
    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16,
    /// <summary>
    /// 8-bit float, 4 exponent and 3 mantissa bits, "fn" variant: no infinities, 0x7F and 0xFF are NaN, largest value 448.
    /// </summary>
    F8_E4M3,
    /// <summary>8-bit float, 5 exponent and 2 mantissa bits, with infinities.</summary>
    F8_E5M2,
    /// <summary>8-bit power of two (OCP microscaling scale): 2^(code - 127), 0xFF is NaN.</summary>
    F8_E8M0,
    /// <summary>
    /// 8-bit float of other hardware, 4 exponent (bias 8) and 3 mantissa bits: no infinities, no negative zero, 0x80 is NaN.
    /// </summary>
    F8_E4M3FNUZ,
    /// <summary>
    /// 8-bit float of other hardware, 5 exponent (bias 16) and 2 mantissa bits: no infinities, no negative zero, 0x80 is NaN.
    /// </summary>
    F8_E5M2FNUZ,
    /// <summary>4-bit float, two in a byte. Listed; not computed with, for its scales lie in other tensors.</summary>
    F4,
    /// <summary>6-bit float with 2 exponent bits, four in three bytes. Listed; not computed with.</summary>
    F6_E2M3,
    /// <summary>6-bit float with 3 exponent bits, four in three bytes. Listed; not computed with.</summary>
    F6_E3M2,
    /// <summary>Complex number of two binary32. Listed; not computed with.</summary>
    C64,
    /// <summary>Signed 64-bit integer.</summary>
    I64,
    /// <summary>Signed 32-bit integer.</summary>
    I32,
    /// <summary>Signed 16-bit integer.</summary>
    I16,
    /// <summary>Signed 8-bit integer.</summary>
    I8,
    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
    /// <summary>Unsigned 32-bit integer.</summary>
    U32,
    /// <summary>Unsigned 16-bit integer.</summary>
    U16,
    /// <summary>Unsigned 8-bit integer.</summary>
    U8,
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>GGUF block type: 32 values, one scale.</summary>
    Q4_0,
    /// <summary>GGUF block type: 32 values, scale and minimum.</summary>
    Q4_1,
    /// <summary>GGUF block type: 32 values, one scale, fifth bits apart.</summary>
    Q5_0,
    /// <summary>GGUF block type: 32 values, scale and minimum, fifth bits apart.</summary>
    Q5_1,
    /// <summary>GGUF block type: 32 signed bytes, one scale.</summary>
    Q8_0,
    /// <summary>GGUF block type of 256 values, 2 bits.</summary>
    Q2_K,
    /// <summary>GGUF block type of 256 values, 3 bits.</summary>
    Q3_K,
    /// <summary>GGUF block type of 256 values, 4 bits.</summary>
    Q4_K,
    /// <summary>GGUF block type of 256 values, 5 bits.</summary>
    Q5_K,
    /// <summary>GGUF block type of 256 values, 6 bits.</summary>
    Q6_K,
}
