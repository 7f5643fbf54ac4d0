using LatentSharp.Compute;
using LatentSharp.Graph;

namespace LatentSharp.Cpu;

/// <summary>The device that computes where the options name none: the processor. <c>Compute</c> itself knows of no device.</summary>
internal static class DefaultDevice
{
    /// <summary>The processor at the vector width chosen for the process, one for all.</summary>
    public static CpuDevice Instance { get; } = new();

    /// <summary>Prepares a network on the device that the options name.</summary>
    /// <param name="graph">The network, for one size.</param>
    /// <param name="options">Device, threads, memory; null for the defaults.</param>
    /// <exception cref="LatentSharpException">The memory budget is too small (the message says which one would do), the device does not
    /// know an operation, or it is not there.</exception>
    public static Plan Compile(NetworkGraph graph, ComputeOptions? options = null) => (options?.Device ?? Instance).Compile(graph, options);
}
