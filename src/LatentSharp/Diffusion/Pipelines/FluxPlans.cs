using System.Collections.Immutable;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// What the evaluations of FLUX.1's transformer in a run take: the modulations of all of them first, then each by itself.
/// </summary>
/// <param name="Step">One evaluation, given its modulations.</param>
/// <param name="Modulations">The modulations of all evaluations, or of as many as are made at a time.</param>
/// <param name="TableBytes">What they take while evaluations are computed.</param>
/// <param name="Passes">How often their weights are read in the run.</param>
internal sealed record FluxPlans(Plan Step, Plan Modulations, long TableBytes, int Passes)
{
    /// <summary>The most memory at any time.</summary>
    public long PeakBytes => TableBytes + Math.Max(Step.PeakBytes, Modulations.PeakBytes);

    /// <summary>Plans, within the budget as a whole.</summary>
    /// <param name="weights">The transformer's, under BFL's names.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="axes">What shapes do not show; null for what they tell.</param>
    /// <param name="evaluations">How many evaluations: times the sampler asks at, for every text.</param>
    /// <param name="compute">How they are computed.</param>
    /// <exception cref="LatentSharpException">The memory budget is too small.</exception>
    public static FluxPlans Of(WeightSource weights, FluxTokens tokens, ImmutableArray<int>? axes, int evaluations, ComputeOptions compute)
    {
        var table = new ModulationTable(weights, compute);
        long bytes = table.BytesFor(evaluations);
        return new FluxPlans(OfStep(weights, tokens, axes, bytes, compute), table.Plan(evaluations), bytes,
            (evaluations + ModulationTable.MostRows - 1) / ModulationTable.MostRows);
    }

    /// <summary>The plan of one evaluation beside a table of a size.</summary>
    public static Plan OfStep(WeightSource weights, FluxTokens tokens, ImmutableArray<int>? axes, long tableBytes, ComputeOptions compute)
        => DefaultDevice.Compile(FluxTransformer.Modulated(weights, tokens, axes), compute with { TakenBytes = tableBytes });
}
