using LatentSharp.Compute;
using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Planning;
using LatentSharp.Cpu.Steps;
using LatentSharp.Cpu.Threads;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Cpu;

/// <summary>The memory and the workers of a plan for the processor.</summary>
internal sealed class CpuSession : PlanSession
{
    private readonly CpuPlan plan;
    private readonly ArenaPool pool;
    private readonly ArenaMemory memory;
    private readonly KeptWeights? kept;
    private readonly WorkerCrew crew;
    private bool broken;

    public CpuSession(CpuPlan plan, CpuDevice device) : base(plan)
    {
        (this.plan, pool) = (plan, device.Memory);
        memory = pool.Take(plan.Memory.OwnBytes(plan.Threads), plan.Graph.Name);
        try
        {
            kept = plan.TakeKept();
        }
        catch
        {
            pool.Keep(memory);
            throw;
        }
        crew = device.Crews(plan.Threads);
    }

    /// <summary>Ends the workers of a session that nobody disposed of; its memory sees to itself.</summary>
    ~CpuSession()
    {
        crew?.Dispose();
        if (kept is not null) plan.GiveKept();
    }

    /// <inheritdoc/>
    protected override void Compute(nint[] inputs, nint[] outputs, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        bool making = kept?.Begin(cancellationToken) ?? false;
        try
        {
            ComputeNow(inputs, outputs, progress, cancellationToken);
        }
        finally
        {
            if (making) kept!.End();
        }
    }

    private void ComputeNow(nint[] inputs, nint[] outputs, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        Placement layout = plan.Memory;
        broken = true;
        crew.Begin(cancellationToken);
        var run = new RunState
        {
            Arena = memory.Start,
            Kept = kept?.Start ?? 0,
            Private = memory.Start + (nint)layout.Arena,
            PrivateBytes = layout.Private,
            Crew = crew,
            Kernels = plan.KernelSet,
            Inputs = inputs,
            Outputs = outputs,
            Sums = new double[plan.SumsCount][],
        };
        using var ahead = ReadAhead.Of(FromFiles());
        for (int i = 0; i < plan.Work.Count; i++)
        {
            ahead?.At(i);
            string name = plan.Work[i].Name;
            double before = i == 0 ? 0 : plan.Done[i - 1], part = plan.Done[i] - before;
            if (progress is not null) run.Within = done => progress.Report(new StepProgress(before + done * part, name));
            if (i == 0 || !layout.Steps[i].IsReadAhead) OfferWeights(run, layout.Steps[i]);
            crew.Finish();
            kept?.Add(plan.Work[i].Weights.Where(w => w.KeptAt is not null));
            if (i + 1 < plan.Work.Count && layout.Steps[i + 1].IsReadAhead) OfferWeights(run, layout.Steps[i + 1]);
            run.Memory = layout.Steps[i];
            plan.Work[i].Run(run);
            progress?.Report(new StepProgress(plan.Done[i], name));
        }
        broken = false;
    }

    // What this run reads, step by step.
    private IEnumerable<(int Step, StoredRange Range)> FromFiles()
    {
        for (int i = 0; i < plan.Work.Count; i++)
            foreach (StepWeights weights in plan.Work[i].Weights.Distinct())
                if (!IsMade(weights) && weights.Stored is { } range) yield return (i, range);
    }

    private bool IsMade(StepWeights weights) => weights.KeptAt is not null && kept!.Has(weights);

    // The weights of a step that are not there yet, for whoever is free.
    private void OfferWeights(RunState run, StepMemory step)
    {
        StepWeights[] wanted = [.. step.Step.Weights.Distinct().Where(w => w.KeptAt is null ? w.NeedPlace(run.Kernels) : !IsMade(w))];
        int[] ends = new int[wanted.Length];
        int parts = 0;
        for (int i = 0; i < wanted.Length; i++) ends[i] = parts += wanted[i].Parts(run.Kernels);
        crew.Offer(parts, (part, worker) =>
        {
            int i = 0;
            while (part >= ends[i]) i++;
            wanted[i].Make(run.Kernels, i == 0 ? part : part - ends[i - 1], run.At(step, wanted[i]), run.PrivateOf(worker));
        });
    }

    // After a failure, which may have been one of memory, nothing is kept.
    /// <inheritdoc/>
    protected override void Release()
    {
        crew.Dispose();
        plan.GiveKept();
        if (broken) memory.Dispose();
        else pool.Keep(memory);
    }
}
