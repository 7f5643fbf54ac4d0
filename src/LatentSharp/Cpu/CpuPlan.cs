using System.Collections.Immutable;
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

    /// <summary>What it is given, by name.</summary>
    public ImmutableArray<Input> Inputs => graph.Inputs;

    /// <summary>What it gives, by name.</summary>
    public ImmutableArray<Output> Outputs => graph.Outputs;

    /// <summary>
    /// Prepares a network: with as little repeated work as the memory budget allows, or where none is given, three quarters of the machine's memory. Without a budget a plan is
    /// returned even if it does not fit; <see cref="PeakBytes"/> tells.
    /// </summary>
    /// <exception cref="LatentSharpException">The memory budget is too small, or the instruction set is not there.</exception>
    public static CpuPlan Compile(NetworkGraph graph, ComputeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        options ??= ComputeOptions.Default;
        graph = graph.Expand(CpuOperations.Knows, "the CPU engine");
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

    /// <summary>Computes a network that has one input and one output.</summary>
    /// <param name="input">The input's values in its layout.</param>
    /// <param name="output">The output's values in its layout; undefined after an exception.</param>
    /// <param name="report">Told after every step and, while attention is computed, every few milliseconds to seconds; called on the calling thread's behalf, so it must be quick.</param>
    /// <param name="cancellationToken">Ends the run within a fraction of a second; all memory is freed.</param>
    /// <exception cref="ArgumentException">The network has more inputs or outputs, or a length does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    /// <exception cref="LatentSharpException">The machine does not have the memory.</exception>
    public void Run(ReadOnlySpan<float> input, Span<float> output, IProgress<StepProgress>? report = null, CancellationToken cancellationToken = default)
    {
        Binding.CheckSingle(graph, input.Length, output.Length);
        fixed (float* source = input, target = output) Run([(nint)source], [(nint)target], report, cancellationToken);
    }

    /// <summary>Computes the network.</summary>
    /// <param name="inputs">The values of every input by name, each in its layout.</param>
    /// <param name="outputs">Room for every output by name; undefined after an exception.</param>
    /// <param name="report">As above.</param>
    /// <param name="cancellationToken">As above.</param>
    /// <exception cref="ArgumentException">A name is missing or unknown, or a length does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    /// <exception cref="LatentSharpException">The machine does not have the memory.</exception>
    public void Run(IReadOnlyDictionary<string, ReadOnlyMemory<float>> inputs, IReadOnlyDictionary<string, Memory<float>> outputs,
        IProgress<StepProgress>? report = null, CancellationToken cancellationToken = default)
    {
        using var binding = new Binding(graph, inputs, outputs);
        Run(binding.Inputs, binding.Outputs, report, cancellationToken);
    }

    private void Run(nint[] inputs, nint[] outputs, IProgress<StepProgress>? report, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArenaMemory memory = ArenaMemory.Take(PeakBytes, graph.Name);
        try
        {
            Run(inputs, outputs, memory.Start, report, cancellationToken);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
        memory.Keep();
    }

    private void Run(nint[] inputs, nint[] outputs, nint memory, IProgress<StepProgress>? report, CancellationToken cancellationToken)
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
            Inputs = inputs,
            Outputs = outputs,
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

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static string Megabytes(long bytes) => $"{(bytes + 999_999) / 1_000_000} MB";
}
