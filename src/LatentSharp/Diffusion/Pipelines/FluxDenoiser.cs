using System.Collections.Immutable;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>FLUX.1's transformer as a denoiser. The session of the last size stays, with its weights packed as far as memory
/// allows.</summary>
/// <param name="weights">Under BFL's names, LoRAs laid over.</param>
/// <param name="axes">What shapes do not show; null for what they tell.</param>
/// <param name="compute">How it is computed.</param>
internal sealed class FluxDenoiser(WeightSource weights, ImmutableArray<int>? axes, ComputeOptions compute) : IDenoiser, IDisposable
{
    private readonly FluxShapes shapes = FluxShapes.From(weights);
    private (FluxTokens Tokens, PlanSession Session)? kept;

    /// <inheritdoc/>
    public DenoiserFacts Facts => new(shapes.Variant, shapes.InChannels, shapes.Context, shapes.Vector, shapes.Guidance);

    /// <summary>The plan for a number of tokens: what it takes is known before anything runs.</summary>
    public Plan Plan(FluxTokens tokens) => DefaultDevice.Compile(FluxTransformer.Of(weights, tokens, axes), compute);

    /// <inheritdoc/>
    public void Predict(DenoiserInput input, Span<float> velocity, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        PlanSession session = Session(Tokens(input));
        var found = new float[velocity.Length];
        session.Run(Inputs(session.Plan.Graph, input), new Dictionary<string, Memory<float>> { ["out"] = found }, progress,
            cancellationToken);
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
            session.Run(Inputs(part, input), new Dictionary<string, Memory<float>> { [block.Name] = values }, null, cancellationToken);
            return values.All(float.IsFinite);
        }
    }

    /// <summary>Gives the memory of the session back.</summary>
    public void Release()
    {
        kept?.Session.Dispose();
        kept = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private PlanSession Session(FluxTokens tokens)
    {
        if (kept is { } there && there.Tokens == tokens) return there.Session;
        Release();
        PlanSession session = Plan(tokens).Start();
        kept = (tokens, session);
        return session;
    }

    private FluxTokens Tokens(DenoiserInput input)
        => new(input.Tokens, input.Text.Tokens, input.Img.Length / shapes.InChannels - input.Tokens);

    private static Dictionary<string, ReadOnlyMemory<float>> Inputs(NetworkGraph graph, DenoiserInput input)
    {
        var all = new Dictionary<string, ReadOnlyMemory<float>>
        {
            ["img"] = input.Img, ["img_ids"] = input.ImgIds, ["txt"] = input.Text.Text, ["txt_ids"] = new float[3 * input.Text.Tokens],
            ["timesteps"] = new[] { input.Time }, ["y"] = input.Text.Pooled, ["guidance"] = new[] { input.Guidance },
        };
        return graph.Inputs.ToDictionary(i => i.Name, i => all[i.Name]);
    }
}
