using LatentSharp.Compute;
using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Planning;
using LatentSharp.Cpu.Simd;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu;

/// <summary>A network prepared for one size on the processor: its steps and the place of every tensor.</summary>
internal sealed class CpuPlan : Plan
{
    private const int Alignment = 64;

    private CpuPlan(CpuDevice device, NetworkGraph graph, NetworkGraph known, ComputeOptions options, long streamFrom) : base(graph, device)
    {
        Simd = device.Simd;
        KernelSet = KernelSet.For(Simd);
        Threads = options.EffectiveThreads;
        var lowering = new Lowering(known, KernelSet, Threads, streamFrom);
        Work = lowering.Steps;
        SumsCount = lowering.SumsCount;
        Storage[] storages = [.. Work.Select(s => s.Result.Storage).Distinct()];
        Layout = new MemoryLayout(Arena.Place(storages), Align(Work.Max(s => s.SharedBytes(KernelSet))), Align(Work.Max(s => s.PrivateBytes(KernelSet))));
        PeakBytes = Layout.Total(Threads);
        Steps = [.. Work.Select((s, i) => new PlanStep(s.Name, s.Operation, s.Result.Shape, s.MultiplyAdds,
            storages.Where(t => t.First <= i && i <= t.Last).Sum(t => t.Bytes), s.SharedBytes(KernelSet) + Threads * s.PrivateBytes(KernelSet)))];
        double total = Work.Sum(s => s.Weight(KernelSet)), done = 0;
        Done = [.. Work.Select(s => (done += s.Weight(KernelSet)) / total)];
    }

    /// <inheritdoc/>
    public override long PeakBytes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<PlanStep> Steps { get; }

    /// <inheritdoc/>
    public override int Threads { get; }

    /// <inheritdoc/>
    public override string Kernels => Simd.ToString();

    /// <summary>The vectors that it computes with.</summary>
    public SimdLevel Simd { get; }

    /// <summary>The kernels for them.</summary>
    internal KernelSet KernelSet { get; }

    /// <summary>What is done, in order.</summary>
    internal IReadOnlyList<Step> Work { get; }

    /// <summary>The part of all work that is done after each step.</summary>
    internal IReadOnlyList<double> Done { get; }

    /// <summary>How a session's memory is divided.</summary>
    internal MemoryLayout Layout { get; }

    /// <summary>How many tensors have sums gathered.</summary>
    internal int SumsCount { get; }

    /// <summary>Prepares a network with as little repeated work as the budget allows. Without a stated budget a plan is returned even if it does not fit; its peak tells.</summary>
    /// <exception cref="LatentSharpException">The stated budget is too small, or an operation is unknown.</exception>
    public static CpuPlan Make(CpuDevice device, NetworkGraph graph, ComputeOptions options)
    {
        NetworkGraph known = graph.Expand(CpuOperations.Knows, "the CPU engine");
        MemoryBudget budget = MemoryBudget.Of(options);
        var plan = new CpuPlan(device, graph, known, options, long.MaxValue);
        if (plan.PeakBytes <= budget.Bytes) return plan;
        // Streaming repeats work, the more the more blocks are streamed: the widest blocks first, and no more of them than the budget asks for.
        CpuPlan least = plan;
        foreach (long positions in known.Nodes.Select(n => n.Shape.Positions).Distinct().OrderDescending())
        {
            plan = new CpuPlan(device, graph, known, options, positions);
            if (plan.PeakBytes <= budget.Bytes) return plan;
            if (plan.PeakBytes < least.PeakBytes) least = plan;
        }
        return budget.IsStated ? throw budget.TooSmall(graph.Name, least.PeakBytes) : least;
    }

    /// <inheritdoc/>
    protected override PlanSession Open() => new CpuSession(this, ((CpuDevice)Device).Memory);

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}

/// <summary>How the one block of a session's memory is divided.</summary>
/// <param name="Tensors">Bytes of all tensors, which come first.</param>
/// <param name="Shared">Bytes that the workers of a step share, which follow.</param>
/// <param name="Private">Bytes of each worker, one after the other.</param>
internal readonly record struct MemoryLayout(long Tensors, long Shared, long Private)
{
    /// <summary>Bytes in all.</summary>
    public long Total(int threads) => Tensors + Shared + threads * Private;
}
