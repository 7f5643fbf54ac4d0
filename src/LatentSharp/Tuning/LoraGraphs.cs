using System.Collections.Immutable;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Latents;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;

namespace LatentSharp.Tuning;

/// <summary>The loss of a transformer on a picture with its text, and its gradients, as graphs.</summary>
/// <param name="trained">The transformer with the weights that change.</param>
/// <param name="result">The same with the means of these weights.</param>
/// <param name="names">The matrices whose gradients are asked for.</param>
/// <param name="side">Sides of the pictures, in tokens.</param>
/// <param name="text">Tokens of a text.</param>
/// <param name="axes">What shapes do not show; null for what they tell.</param>
/// <param name="compute">How they are computed.</param>
internal sealed class LoraGraphs(WeightSource trained, WeightSource result, string[] names, int side, int text, ImmutableArray<int>? axes,
    ComputeOptions compute) : IDisposable
{
    private readonly HashSet<string> asked = [.. names];
    private readonly float[] places = LatentTokens.Ids(0, side, side), words = new float[3 * text];
    private PlanSession? backward, forward;
    private Dictionary<string, float[]> gradients = [];

    /// <summary>Both ways, whatever the budget: what the forward pass gives is kept, or computed again.</summary>
    public (Plan Kept, Plan Again) Both()
    {
        ComputeOptions free = compute with { MemoryBudget = null };
        return (DefaultDevice.Compile(Backward(false), free), DefaultDevice.Compile(Backward(true), free));
    }

    /// <summary>Whether a plan keeps to the budget, beside what is remembered.</summary>
    public bool Fits(Plan plan) => plan.PeakBytes + compute.TakenBytes <= MemoryBudget.Of(compute).Bytes;

    /// <summary>The loss of an example and its gradients, which stay good until the next.</summary>
    public TrainingGraphs.Found Differentiate(LoraExample example, CancellationToken cancellationToken)
    {
        if (backward is null)
        {
            (Plan kept, Plan again) = Both();
            backward = (Fits(kept) ? kept : again).Start();
            gradients = backward.Plan.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        }
        Run(backward, example, gradients, cancellationToken);
        return new TrainingGraphs.Found(gradients[LossGraph.LossName][0], gradients.Where(g => g.Key != LossGraph.LossName));
    }

    /// <summary>The loss of an example with the result.</summary>
    public double Measure(LoraExample example, CancellationToken cancellationToken)
    {
        forward ??= DefaultDevice.Compile(new NetworkGraph("loss", new Output(LossGraph.LossName, Loss(result).Loss, Layout.ChannelsLast)),
            compute with { MemoryBudget = null }).Start();
        var loss = new float[1];
        Run(forward, example, new Dictionary<string, float[]> { [LossGraph.LossName] = loss }, cancellationToken);
        return loss[0];
    }

    /// <summary>The first block whose result on an example is no finite number; null where there is none.</summary>
    public string? FirstNotFinite(LoraExample example)
    {
        var network = new NetworkGraph("network", new Output("loss", Loss(trained).Loss, Layout.ChannelsLast));
        return FiniteResults.FirstOther([.. network.Nodes.Where(n => FluxTransformer.EndsBlock(n.Name))], Given(example), compute);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        backward?.Dispose();
        forward?.Dispose();
    }

    private Dictionary<string, ReadOnlyMemory<float>> Given(LoraExample example) => new()
    {
        ["x0"] = example.Latent, ["noise"] = example.Noise, ["timesteps"] = new[] { example.Time }, ["txt"] = example.Text,
        ["y"] = example.Pooled, ["img_ids"] = places, ["txt_ids"] = words,
        // What a distilled model does without guidance is what it has learned from pictures.
        ["guidance"] = new[] { 1f },
    };

    private void Run(PlanSession session, LoraExample example, Dictionary<string, float[]> outputs, CancellationToken cancellationToken)
    {
        Dictionary<string, ReadOnlyMemory<float>> given = Given(example);
        session.Run(session.Plan.Inputs.ToDictionary(i => i.Name, i => given[i.Name]),
            outputs.ToDictionary(o => o.Key, o => o.Value.AsMemory()), cancellationToken: cancellationToken);
    }

    private NetworkGraph Backward(bool frugal) => (Loss(trained) with { Asked = [] }).Backward(w => asked.Contains(w.Name), frugal).Graph;

    private LossGraph Loss(WeightSource weights) => LossGraphs.Flow(FluxTransformer.Of(weights, new FluxTokens(side * side, text), axes));
}
