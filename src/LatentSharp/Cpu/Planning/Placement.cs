using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Steps;

namespace LatentSharp.Cpu.Planning;

/// <summary>
/// How a session's memory is divided: the arena of all that lives for some steps (tensors, working memory, weights that are made in every
/// run) and each worker's own memory; and, for all sessions of a plan, the weights that stay between runs.
/// </summary>
internal sealed class Placement
{
    private const long Page = 4096;

    private Placement(IReadOnlyList<Step> steps, KernelSet kernels, long kept)
    {
        Steps = [.. steps.Select((s, i) => new StepMemory(s, i, kernels))];
        Tensors = [.. steps.Select(s => s.Result.Storage).Distinct()];
        Arena = Memory.Arena.Place(
            [.. Tensors, .. Steps.Select(s => s.Working).Where(s => s.Bytes > 0), .. Steps.Select(s => s.Weights).OfType<Storage>()]);
        Private = Storage.Align(
            steps.Max(s => Math.Max(s.PrivateBytes(kernels), s.Weights.Select(w => w.PrivateBytes(kernels)).DefaultIfEmpty().Max())));
        Kept = kept;
    }

    /// <summary>Where each step finds what it works with.</summary>
    public IReadOnlyList<StepMemory> Steps { get; }

    /// <summary>The places of the tensors.</summary>
    public IReadOnlyList<Storage> Tensors { get; }

    /// <summary>Bytes of the arena, which comes first.</summary>
    public long Arena { get; }

    /// <summary>Bytes of each worker, one after the other.</summary>
    public long Private { get; }

    /// <summary>Bytes of the weights that stay between runs.</summary>
    public long Kept { get; }

    /// <summary>Bytes that each session has for itself.</summary>
    public long OwnBytes(int threads) => Arena + threads * Private;

    /// <summary>Bytes of one session in all.</summary>
    public long Total(int threads) => Kept == 0 ? OwnBytes(threads) : (OwnBytes(threads) + Page - 1) / Page * Page + Kept;

    /// <summary>Divides the memory; every weight is made in every run.</summary>
    public static Placement Of(IReadOnlyList<Step> steps, KernelSet kernels) => new(steps, kernels, 0);

    /// <summary>
    /// Divides the memory so that weights stay between runs as far as <paramref name="room"/> allows: those first that take longest to make
    /// for each byte.
    /// </summary>
    public Placement Keep(IReadOnlyList<Step> steps, KernelSet kernels, long room)
    {
        long kept = 0;
        foreach (StepWeights weights in steps.SelectMany(s => s.Weights).Distinct()
            .OrderByDescending(w => w.Cost(kernels) / w.Bytes(kernels)))
        {
            long bytes = Storage.Align(weights.Bytes(kernels));
            if (kept + bytes > room - Page) continue;
            weights.KeptAt = kept;
            kept += bytes;
        }
        return kept == 0 ? this : new Placement(steps, kernels, kept);
    }
}
