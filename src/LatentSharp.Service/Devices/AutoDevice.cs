using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;

namespace LatentSharp.Service.Devices;

/// <summary>A graphics card for what it can compute, and the processor for what does not fit it: the device <c>auto</c>.</summary>
/// <param name="card">The card.</param>
/// <param name="say">Told when the processor is taken instead, and why.</param>
internal sealed class AutoDevice(Device card, Action<string> say) : Device
{
    private readonly CpuDevice processor = new();

    /// <inheritdoc/>
    public override string Name => card.Name;

    // The processor has no modes of cards; float32 is what they stand for.
    /// <inheritdoc/>
    private protected override Plan Make(NetworkGraph graph, ComputeOptions options)
    {
        try
        {
            return card.Compile(graph, options);
        }
        catch (LatentSharpException e)
        {
            say($"computing {graph.Name} on the processor: {e.What}");
            bool isOfCards = options.Precision is Precision.Float16 or Precision.Float32Fast;
            return processor.Compile(graph, isOfCards ? options with { Precision = Precision.Float32 } : options);
        }
    }
}
