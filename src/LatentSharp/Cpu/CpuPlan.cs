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
    private readonly Precision precision;
    private readonly Lock gate = new();
    private KeptWeights? kept;

    private CpuPlan(CpuDevice device, NetworkGraph graph, NetworkGraph known, ComputeOptions options, long room, long streamFrom)
        : base(graph, device)
    {
        (Simd, precision) = (device.Simd, options.Precision);
        KernelSet = KernelSet.For(Simd);
        Threads = options.EffectiveThreads;
        var lowering = new Lowering(known, KernelSet, Threads, options, streamFrom);
        Work = lowering.Steps;
        SumsCount = lowering.SumsCount;
        Memory = Placement.Of(Work, KernelSet);
        if (options.KeepWeights) Memory = Memory.Keep(Work, KernelSet, room - Memory.Total(Threads));
        PeakBytes = Memory.Total(Threads);
        Steps = [.. Memory.Steps.Select(Describe)];
        double total = Work.Sum(s => s.Weight(KernelSet)), done = 0;
        Done = [.. Work.Select(s => (done += s.Weight(KernelSet)) / total)];
    }

    /// <inheritdoc/>
    public override long PeakBytes { get; }

    /// <inheritdoc/>
    public override long KeptBytes => Memory.Kept;

    /// <inheritdoc/>
    internal override bool SharesKeptBytes => true;

    /// <summary>Multiply-adds that are really done, which are fewer than those of the direct evaluation.</summary>
    public double Multiplications => Work.Sum(s => s.Multiplications);

    /// <inheritdoc/>
    public override IReadOnlyList<PlanStep> Steps { get; }

    /// <inheritdoc/>
    public override int Threads { get; }

    /// <inheritdoc/>
    public override string Kernels => precision == Precision.Int8 ? $"{Simd}, bytes by {KernelSet.Matrix.BytesName}" : Simd.ToString();

    /// <summary>The vectors that it computes with.</summary>
    public SimdLevel Simd { get; }

    /// <summary>The kernels for them.</summary>
    internal KernelSet KernelSet { get; }

    /// <summary>What is done, in order.</summary>
    internal IReadOnlyList<Step> Work { get; }

    /// <summary>The part of all work that is done after each step.</summary>
    internal IReadOnlyList<double> Done { get; }

    /// <summary>How a session's memory is divided.</summary>
    internal Placement Memory { get; }

    /// <summary>How many tensors have sums gathered.</summary>
    internal int SumsCount { get; }

    /// <summary>
    /// Prepares a network with as little repeated work as the budget allows. Without a stated budget a plan is returned even if it does not
    /// fit; its peak tells.
    /// </summary>
    /// <exception cref="LatentSharpException">The stated budget is too small, or an operation is unknown.</exception>
    public static CpuPlan Make(CpuDevice device, NetworkGraph graph, ComputeOptions options)
    {
        NetworkGraph known = graph.Expand(CpuOperations.Knows, "the CPU engine");
        MemoryBudget budget = MemoryBudget.Of(options);
        long room = budget.Bytes - options.TakenBytes;
        var plan = new CpuPlan(device, graph, known, options, room, long.MaxValue);
        if (plan.PeakBytes <= room) return plan;
        // Streaming repeats work, the more the more blocks are streamed: the widest blocks first, and no more of them than the budget asks
        // for.
        CpuPlan least = plan;
        foreach (long positions in known.Nodes.Select(n => n.Shape.Positions).Distinct().OrderDescending())
        {
            plan = new CpuPlan(device, graph, known, options, room, positions);
            if (plan.PeakBytes <= room) return plan;
            if (plan.PeakBytes < least.PeakBytes) least = plan;
        }
        return budget.IsStated ? throw budget.TooSmall(graph.Name, least.PeakBytes + options.TakenBytes) : least;
    }

    /// <inheritdoc/>
    private protected override PlanSession Open() => new CpuSession(this, (CpuDevice)Device);

    /// <summary>The weights that stay, for a session that opens; null where none do.</summary>
    internal KeptWeights? TakeKept()
    {
        if (Memory.Kept == 0) return null;
        lock (gate)
        {
            kept ??= new KeptWeights(Memory.Kept, Graph.Name,
                Work.SelectMany(s => s.Weights).Where(w => w.KeptAt is not null).Distinct().Count());
            kept.Users++;
            return kept;
        }
    }

    /// <summary>A session closes; the last one takes the weights with it.</summary>
    internal void GiveKept()
    {
        KeptWeights? last = null;
        lock (gate)
        {
            if (kept is null || --kept.Users > 0) return;
            (last, kept) = (kept, null);
        }
        last.Dispose();
    }

    private PlanStep Describe(StepMemory memory, int index)
    {
        Step step = memory.Step;
        StepWeights[] weights = [.. step.Weights.Where(w => w.KeptAt is not null || w.NeedPlace(KernelSet))];
        WeightLife life = weights.Length == 0 ? WeightLife.None
            : weights.All(w => w.KeptAt is not null) ? WeightLife.Session
            : memory.IsReadAhead ? WeightLife.StepBefore : WeightLife.Step;
        return new PlanStep(step.Name, step.Operation, step.Result.Shape, step.MultiplyAdds,
            Memory.Tensors.Where(t => t.First <= index && index <= t.Last).Sum(t => t.Bytes),
            memory.Working.Bytes + (memory.Weights?.Bytes ?? 0) + Threads * step.PrivateBytes(KernelSet))
        {
            WeightBytes = weights.Sum(w => w.Bytes(KernelSet)), Weights = life,
        };
    }
}
