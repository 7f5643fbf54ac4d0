using LatentSharp.Compute;
using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Simd;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu;

/// <summary>
/// A network prepared for one size on this processor: its steps and the place of every tensor, all known before anything runs.
/// A plan holds no memory of its own; runs of one plan may overlap.
/// </summary>
public sealed unsafe class CpuPlan
{
    private const int Alignment = 64;

    private readonly NetworkGraph graph;
    private readonly KernelSet kernels;
    private readonly IReadOnlyList<Step> steps;
    private readonly long arenaBytes, sharedBytes, privateBytes;
    private readonly int threads, sumsCount;
    private readonly double[] progress;

    private CpuPlan(NetworkGraph graph, ComputeOptions options, long streamFrom)
    {
        this.graph = graph;
        Simd = SimdLevels.Require(options.Simd ?? SimdLevels.Chosen);
        kernels = KernelSet.For(Simd);
        threads = options.EffectiveThreads;
        var lowering = new Lowering(graph, kernels, threads, streamFrom);
        steps = lowering.Steps;
        sumsCount = lowering.SumsCount;
        Storage[] storages = [.. steps.Select(s => s.Result.Storage).Distinct()];
        arenaBytes = Arena.Place(storages);
        sharedBytes = Align(steps.Max(s => s.SharedBytes(kernels)));
        privateBytes = Align(steps.Max(s => s.PrivateBytes(kernels)));
        PeakBytes = arenaBytes + sharedBytes + threads * privateBytes;
        Steps = [.. steps.Select((s, i) => new PlanStep(s.Name, s.Operation, s.Result.Shape, s.MultiplyAdds,
            storages.Where(t => t.First <= i && i <= t.Last).Sum(t => t.Bytes), s.SharedBytes(kernels) + threads * s.PrivateBytes(kernels)))];
        double total = steps.Sum(s => s.Weight(kernels)), done = 0;
        progress = [.. steps.Select(s => (done += s.Weight(kernels)) / total)];
    }

    /// <summary>The bytes that a run takes for tensors and working memory. The weights as stored and the caller's input and output come on top.</summary>
    public long PeakBytes { get; }

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<PlanStep> Steps { get; }

    /// <summary>Multiply-adds of a direct evaluation.</summary>
    public long MultiplyAdds => graph.MultiplyAdds;

    /// <summary>The vectors that it computes with.</summary>
    public SimdLevel Simd { get; }

    /// <summary>The threads that compute.</summary>
    public int Threads => threads;

    /// <summary>The shape of the input for one picture.</summary>
    public FeatureShape InputShape => graph.Input.Shape;

    /// <summary>The shape of the output for one picture.</summary>
    public FeatureShape OutputShape => graph.Output.Shape;

    /// <summary>
    /// Prepares a network: with as little repeated work as the memory budget allows, or where none is given, three quarters of the machine's memory. Without a budget a plan is
    /// returned even if it does not fit; <see cref="PeakBytes"/> tells.
    /// </summary>
    /// <exception cref="LatentSharpException">The memory budget is too small, or the instruction set is not there.</exception>
    public static CpuPlan Compile(NetworkGraph graph, ComputeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        options ??= ComputeOptions.Default;
        var plan = new CpuPlan(graph, options, long.MaxValue);
        // Without a budget the machine sets one, which leaves a quarter of its memory to everything else.
        long budget = options.MemoryBudget ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;
        if (plan.PeakBytes <= budget) return plan;
        // Streaming repeats work, the more the more blocks are streamed: the widest blocks first, and no more of them than the budget asks for.
        CpuPlan least = plan;
        foreach (long positions in graph.Nodes.Select(n => n.Shape.Positions).Distinct().OrderDescending())
        {
            plan = new CpuPlan(graph, options, positions);
            if (plan.PeakBytes <= budget) return plan;
            if (plan.PeakBytes < least.PeakBytes) least = plan;
        }
        if (options.MemoryBudget is null) return least;
        throw new LatentSharpException(ErrorKind.BadInput, graph.Name, $"the most frugal plan needs {Megabytes(least.PeakBytes)}; the budget is {Megabytes(budget)}.",
            $"A budget of {Megabytes(least.PeakBytes)} would do, or fewer threads, or a smaller picture.");
    }

    /// <summary>Computes the network for one picture.</summary>
    /// <param name="input">[C, H, W] of <see cref="InputShape"/>.</param>
    /// <param name="output">[C, H, W] of <see cref="OutputShape"/>; undefined after an exception.</param>
    /// <param name="report">Told after every step and, while attention is computed, every few milliseconds to seconds; called on the calling thread's behalf, so it must be quick.</param>
    /// <param name="cancellationToken">Ends the run within a fraction of a second; all memory is freed.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    /// <exception cref="LatentSharpException">The machine does not have the memory.</exception>
    public void Run(ReadOnlySpan<float> input, Span<float> output, IProgress<StepProgress>? report = null, CancellationToken cancellationToken = default)
    {
        if (input.Length != InputShape.Count) throw new ArgumentException($"the input has {input.Length} values; {InputShape} needs {InputShape.Count}", nameof(input));
        if (output.Length != OutputShape.Count) throw new ArgumentException($"the output has {output.Length} values; {OutputShape} needs {OutputShape.Count}", nameof(output));
        cancellationToken.ThrowIfCancellationRequested();
        ArenaMemory memory = ArenaMemory.Take(PeakBytes, graph.Name);
        try
        {
            Run(input, output, memory.Start, report, cancellationToken);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
        memory.Keep();
    }

    private void Run(ReadOnlySpan<float> input, Span<float> output, nint memory, IProgress<StepProgress>? report, CancellationToken cancellationToken)
    {
        fixed (float* source = input, target = output)
        {
            using var crew = new WorkerCrew(threads, cancellationToken);
            var run = new RunState
            {
                Arena = memory,
                Shared = memory + (nint)arenaBytes,
                Private = memory + (nint)(arenaBytes + sharedBytes),
                PrivateBytes = privateBytes,
                Crew = crew,
                Kernels = kernels,
                Input = (nint)source,
                Output = (nint)target,
                Sums = new double[sumsCount][],
            };
            for (int i = 0; i < steps.Count; i++)
            {
                string name = steps[i].Name;
                double before = i == 0 ? 0 : progress[i - 1], part = progress[i] - before;
                if (report is not null) run.Within = done => report.Report(new StepProgress(before + done * part, name));
                steps[i].Run(run);
                report?.Report(new StepProgress(progress[i], name));
            }
        }
    }

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static string Megabytes(long bytes) => $"{(bytes + 999_999) / 1_000_000} MB";
}
