using System.Runtime.Intrinsics;

namespace LatentSharp.Cpu.Simd;

/// <summary>The width of the vectors that the kernels compute with.</summary>
public enum SimdLevel
{
    /// <summary>One value at a time: the plain twin that the others are tested against.</summary>
    Scalar,
    /// <summary>128 bits, 4 values: SSE, NEON.</summary>
    Vector128,
    /// <summary>256 bits, 8 values: AVX2 with FMA.</summary>
    Vector256,
    /// <summary>512 bits, 16 values: AVX-512.</summary>
    Vector512,
}

/// <summary>Which <see cref="SimdLevel"/> this process uses.</summary>
internal static class SimdLevels
{
    /// <summary>The environment variable that forces a level: <c>scalar</c>, <c>128</c>, <c>256</c> or <c>512</c>.</summary>
    public const string EnvironmentVariable = "LATENTSHARP_SIMD";

    /// <summary>The widest level that this processor runs in hardware.</summary>
    public static SimdLevel Widest { get; } =
        Vector512.IsHardwareAccelerated ? SimdLevel.Vector512
        : Vector256.IsHardwareAccelerated ? SimdLevel.Vector256
        : Vector128.IsHardwareAccelerated ? SimdLevel.Vector128
        : SimdLevel.Scalar;

    /// <summary>The level to use: the one that <see cref="EnvironmentVariable"/> names, else the widest.</summary>
    /// <exception cref="LatentSharpException">The variable names no level, or one that this processor lacks.</exception>
    public static SimdLevel Chosen
    {
        get
        {
            string? text = Environment.GetEnvironmentVariable(EnvironmentVariable);
            if (string.IsNullOrEmpty(text)) return Widest;
            SimdLevel level = text.ToLowerInvariant() switch
            {
                "scalar" or "1" => SimdLevel.Scalar,
                "128" or "vector128" => SimdLevel.Vector128,
                "256" or "vector256" => SimdLevel.Vector256,
                "512" or "vector512" => SimdLevel.Vector512,
                _ => throw new LatentSharpException(ErrorKind.BadInput, EnvironmentVariable,
                    $"\"{text}\" is not an instruction set; expected scalar, 128, 256 or 512.", "Unset the variable to use the widest one."),
            };
            return Require(level);
        }
    }

    /// <summary>Returns <paramref name="level"/> if this processor has it.</summary>
    /// <exception cref="LatentSharpException">It does not.</exception>
    public static SimdLevel Require(SimdLevel level)
        => level <= Widest ? level
        : throw new LatentSharpException(ErrorKind.BadInput, EnvironmentVariable,
            $"{level} was asked for, but the widest vectors that this program has on this processor are {Widest}.", $"Choose {Widest} or a narrower level.");
}
