using LatentSharp.Compute;
using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Steps;
using LatentSharp.Cpu.Threads;

namespace LatentSharp.Cpu;

/// <summary>The memory and the workers of a plan for the processor.</summary>
internal sealed class CpuSession : PlanSession
{
    private readonly CpuPlan plan;
    private readonly ArenaPool pool;
    private readonly ArenaMemory memory;
    private readonly WorkerCrew crew;
    private bool broken;

    public CpuSession(CpuPlan plan, ArenaPool pool) : base(plan)
    {
        (this.plan, this.pool) = (plan, pool);
        memory = pool.Take(plan.PeakBytes, plan.Graph.Name);
        crew = new WorkerCrew(plan.Threads);
    }

    /// <summary>Ends the workers of a session that nobody disposed of; its memory sees to itself.</summary>
    ~CpuSession() => crew?.Dispose();

    /// <inheritdoc/>
    protected override void Compute(nint[] inputs, nint[] outputs, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        MemoryLayout layout = plan.Layout;
        broken = true;
        crew.Begin(cancellationToken);
        var run = new RunState
        {
            Arena = memory.Start,
            Shared = memory.Start + (nint)layout.Tensors,
            Private = memory.Start + (nint)(layout.Tensors + layout.Shared),
            PrivateBytes = layout.Private,
            Crew = crew,
            Kernels = plan.KernelSet,
            Inputs = inputs,
            Outputs = outputs,
            Sums = new double[plan.SumsCount][],
        };
        for (int i = 0; i < plan.Work.Count; i++)
        {
            string name = plan.Work[i].Name;
            double before = i == 0 ? 0 : plan.Done[i - 1], part = plan.Done[i] - before;
            if (progress is not null) run.Within = done => progress.Report(new StepProgress(before + done * part, name));
            plan.Work[i].Run(run);
            progress?.Report(new StepProgress(plan.Done[i], name));
        }
        broken = false;
    }

    // After a failure, which may have been one of memory, nothing is kept.
    /// <inheritdoc/>
    protected override void Release()
    {
        crew.Dispose();
        if (broken) memory.Dispose();
        else pool.Keep(memory);
    }
}
