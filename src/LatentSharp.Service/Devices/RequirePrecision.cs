using LatentSharp.Cpu;
using LatentSharp.Graph;

namespace LatentSharp.Service.Devices;

/// <summary>Whether a device has a mode of numbers: to be known when a service starts, not with its first request.</summary>
internal static class RequirePrecision
{
    /// <summary>Nothing happens where it has.</summary>
    /// <exception cref="LatentSharpException">It has not: the message says which it has.</exception>
    public static void Of(ComputeOptions compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        if (compute.Precision == default) return;
        DefaultDevice.Compile(new NetworkGraph("precision", Build.Input("x", 1, 1, 1).ReLU()), compute with { MemoryBudget = null });
    }
}
