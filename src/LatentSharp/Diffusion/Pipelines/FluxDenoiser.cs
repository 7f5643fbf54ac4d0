using System.Collections.Immutable;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// FLUX.1's transformer as a denoiser. The modulations of all predictions that are expected are made before the first of them. The session
/// of the last size stays, with its weights packed as far as memory allows.
/// </summary>
/// <param name="weights">Under BFL's names, LoRAs laid over.</param>
/// <param name="axes">What shapes do not show; null for what they tell.</param>
/// <param name="compute">How it is computed.</param>
/// <param name="steps">Steps that it is made for; null where nothing says it.</param>
internal sealed class FluxDenoiser(WeightSource weights, ImmutableArray<int>? axes, ComputeOptions compute, int? steps = null)
    : IDenoiser, IDisposable
{
    private readonly FluxShapes shapes = FluxShapes.From(weights);
    private readonly ModulationTable modulations = new(weights, compute);
    private (FluxTokens Tokens, PlanSession Session)? kept;

    /// <inheritdoc/>
    public DenoiserFacts Facts => new(shapes.Variant, shapes.InChannels, shapes.Context, shapes.Vector, shapes.Guidance) { Steps = steps };

    /// <summary>The plans of a run: what it takes is known before anything runs.</summary>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="evaluations">How many predictions.</param>
    public FluxPlans Plans(FluxTokens tokens, int evaluations) => FluxPlans.Of(weights, tokens, axes, evaluations, compute);

    /// <inheritdoc/>
    public void Expect(IReadOnlyList<float> times, IReadOnlyList<TextConditioning> texts, float guidance)
        => modulations.Expect(from time in times from text in texts select EvaluationOf(text, time, guidance));

    /// <inheritdoc/>
    public void Predict(DenoiserInput input, Span<float> velocity, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ModulationTable.Evaluation evaluation = EvaluationOf(input.Text, input.Time, input.Guidance);
        ReadOnlyMemory<float>? modulation = modulations.Find(evaluation);
        if (modulation is null)
        {
            ReleaseSession();   // both together may be more than the budget
            modulation = modulations.Make(evaluation, progress is null ? null : new Before(progress), cancellationToken);
        }
        PlanSession session = Session(Tokens(input));
        var found = new float[velocity.Length];
        Dictionary<string, ReadOnlyMemory<float>> inputs = Inputs(input);
        inputs[FluxModulations.Name] = modulation.Value;
        session.Run(session.Plan.Inputs.ToDictionary(i => i.Name, i => inputs[i.Name]),
            new Dictionary<string, Memory<float>> { ["out"] = found }, progress, cancellationToken);
        found.CopyTo(velocity);
    }

    /// <inheritdoc/>
    public string? FindFault(DenoiserInput input, CancellationToken cancellationToken = default)
    {
        Release();
        NetworkGraph graph = FluxTransformer.Of(weights, Tokens(input), axes);
        // What a block breaks stays broken behind it, so the first one is found by halving.
        Node[] blocks = [.. graph.Nodes.Where(n => FluxTransformer.EndsBlock(n.Name))];
        int first = 0, last = blocks.Length;
        while (first < last)
        {
            int middle = (first + last) / 2;
            if (IsFinite(blocks[middle])) first = middle + 1;
            else last = middle;
        }
        return first < blocks.Length ? blocks[first].Name : "final_layer";

        bool IsFinite(Node block)
        {
            var values = new float[block.Shape.Count];
            var part = new NetworkGraph(block.Name, new Output(block.Name, block, Layout.ChannelsLast));
            using PlanSession session = DefaultDevice.Compile(part, compute with { KeepWeights = false }).Start();
            Dictionary<string, ReadOnlyMemory<float>> inputs = Inputs(input);
            session.Run(part.Inputs.ToDictionary(i => i.Name, i => inputs[i.Name]),
                new Dictionary<string, Memory<float>> { [block.Name] = values }, null, cancellationToken);
            return values.All(float.IsFinite);
        }
    }

    /// <summary>Gives the memory of the session and of the modulations back.</summary>
    public void Release()
    {
        ReleaseSession();
        modulations.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private PlanSession Session(FluxTokens tokens)
    {
        if (kept is { } there && there.Tokens == tokens) return there.Session;
        ReleaseSession();
        PlanSession session = FluxPlans.OfStep(weights, tokens, axes, modulations.Bytes, compute).Start();
        kept = (tokens, session);
        return session;
    }

    private FluxTokens Tokens(DenoiserInput input)
        => new(input.Tokens, input.Text.Tokens, input.Img.Length / shapes.InChannels - input.Tokens);

    private void ReleaseSession()
    {
        kept?.Session.Dispose();
        kept = null;
    }

    private ModulationTable.Evaluation EvaluationOf(TextConditioning text, float time, float guidance)
        => new(text.Pooled, time, shapes.Guidance ? guidance : 0);

    private static Dictionary<string, ReadOnlyMemory<float>> Inputs(DenoiserInput input) => new()
    {
        ["img"] = input.Img, ["img_ids"] = input.ImgIds, ["txt"] = input.Text.Text, ["txt_ids"] = new float[3 * input.Text.Tokens],
        ["timesteps"] = new[] { input.Time }, ["y"] = input.Text.Pooled, ["guidance"] = new[] { input.Guidance },
    };

    // What is done before a prediction begins is no part of it, but has a name to show.
    private sealed class Before(IProgress<StepProgress> prediction) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => prediction.Report(value with { Fraction = 0 });
    }
}
