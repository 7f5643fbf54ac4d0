using LatentSharp.Graph;

namespace LatentSharp.Compute;

/// <summary>
/// Something that computes networks: the processor, a runtime with its graphics cards. A device compiles a <see cref="NetworkGraph"/> to a
/// <see cref="Plan"/>, and the plan starts a <see cref="PlanSession"/>, which computes.
/// </summary>
public abstract class Device
{
    private protected Device()
    {
    }

    /// <summary>The name by which it is chosen: <c>cpu</c>, <c>onnx:cuda</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Prepares a network for this device.</summary>
    /// <param name="graph">The network, for one size.</param>
    /// <param name="options">Threads and memory; <see cref="ComputeOptions.Device"/> is this device, whatever it says. Null for the
    /// defaults.</param>
    /// <exception cref="LatentSharpException">The memory budget is too small (the message says which one would do), the device does not
    /// know an operation, or it is not there.</exception>
    internal Plan Compile(NetworkGraph graph, ComputeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return Make(graph, options ?? ComputeOptions.Default);
    }

    /// <summary>Prepares a network.</summary>
    private protected abstract Plan Make(NetworkGraph graph, ComputeOptions options);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
