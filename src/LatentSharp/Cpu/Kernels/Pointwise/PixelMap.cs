using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>
/// What happens to each value between memory and the operation that reads it: a multiply-add of its channel (a normalisation whose
/// statistics are known), then a function.
/// </summary>
/// <param name="Scale">One factor for each channel, or null.</param>
/// <param name="Offset">One offset for each channel; null exactly when <paramref name="Scale"/> is.</param>
/// <param name="Function">The function, or null.</param>
internal readonly unsafe record struct PixelMap(nint Scale, nint Offset, ActivationKind? Function)
{
    /// <summary>Nothing happens.</summary>
    public static PixelMap None => default;

    /// <summary>Whether values pass unchanged.</summary>
    public bool IsNone => Scale == 0 && Function is null;
}
