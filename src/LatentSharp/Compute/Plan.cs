using System.Collections.Immutable;
using LatentSharp.Graph;

namespace LatentSharp.Compute;

/// <summary>
/// A network prepared for one size on one device, with what it will take known before anything runs. A plan holds no working memory of its
/// own: <see cref="Start"/> gives a session that does, and sessions of one plan may run at the same time.
/// </summary>
public abstract class Plan
{
    /// <param name="graph">The network.</param>
    /// <param name="device">What computes it.</param>
    private protected Plan(NetworkGraph graph, Device device) => (Graph, Device) = (graph, device);

    /// <summary>The network.</summary>
    internal NetworkGraph Graph { get; }

    /// <summary>What computes it.</summary>
    public Device Device { get; }

    /// <summary>What it is given, by name.</summary>
    internal ImmutableArray<Input> Inputs => Graph.Inputs;

    /// <summary>What it gives, by name.</summary>
    internal ImmutableArray<Output> Outputs => Graph.Outputs;

    /// <summary>Multiply-adds of a direct evaluation.</summary>
    public long MultiplyAdds => Graph.MultiplyAdds;

    /// <summary>
    /// The bytes that a session takes for tensors and working memory: a promise on the processor, the tensors that live at the same time on
    /// a device that plans its memory itself. The weights as stored and the caller's inputs and outputs come on top.
    /// </summary>
    public abstract long PeakBytes { get; }

    /// <summary>
    /// The part of <see cref="PeakBytes"/> that holds weights which stay with a session from its first run on: see
    /// <see cref="ComputeOptions.KeepWeights"/>.
    /// </summary>
    public virtual long KeptBytes => 0;

    /// <summary>Whether all sessions of the plan have these weights in common, so that a second one takes that much less.</summary>
    internal virtual bool SharesKeptBytes => false;

    /// <summary>The steps in order.</summary>
    public abstract IReadOnlyList<PlanStep> Steps { get; }

    /// <summary>The threads that compute.</summary>
    public abstract int Threads { get; }

    /// <summary>What the device computes with, for people: <c>Vector512</c>, <c>ONNX Runtime 1.31.1</c>.</summary>
    public abstract string Kernels { get; }

    /// <summary>What sessions that wait for their next call and the one that starts may take together.</summary>
    internal virtual MemoryBudget Budget(ComputeOptions options) => MemoryBudget.Of(options);

    /// <summary>Takes the memory and the workers that the plan needs.</summary>
    /// <exception cref="LatentSharpException">The machine does not have the memory.</exception>
    internal PlanSession Start()
    {
        RequireMemory();
        return Open();
    }

    /// <summary>
    /// Computes a network that has one input and one output once, in a session of its own: see <see
    /// cref="PlanSession.Run(ReadOnlySpan{float}, Span{float}, IProgress{StepProgress}?, CancellationToken)"/>.
    /// </summary>
    public void Run(ReadOnlySpan<float> input, Span<float> output, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        Binding.CheckSingle(Graph, input.Length, output.Length);
        cancellationToken.ThrowIfCancellationRequested();
        using PlanSession session = Start();
        session.Run(input, output, progress, cancellationToken);
    }

    /// <summary>Refuses a size that cannot be held; by default what the machine cannot.</summary>
    private protected virtual void RequireMemory() => MemoryBudget.RequireMachine(PeakBytes, Graph.Name, "this size");

    /// <summary>Starts a session.</summary>
    private protected abstract PlanSession Open();
}
