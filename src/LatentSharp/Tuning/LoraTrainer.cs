using System.Collections.Immutable;
using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Training;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Views;

namespace LatentSharp.Tuning;

/// <summary>A picture with its text, at a time.</summary>
/// <param name="Latent">Its tokens.</param>
/// <param name="Text">The states of its text's tokens.</param>
/// <param name="Pooled">Its pooled text.</param>
/// <param name="Time">How much noise there is, above 0 and below 1.</param>
/// <param name="Noise">The noise, of the shape of the latent.</param>
internal sealed record LoraExample(float[] Latent, ReadOnlyMemory<float> Text, ReadOnlyMemory<float> Pooled, float Time, float[] Noise);

/// <summary>
/// Trains what is added to the matrices of a FLUX.1 transformer's blocks, a product of two narrow ones each: a LoRA. All pictures have one
/// size, and texts one length. Whole matrices and their gradients lie in memory, so this is for small transformers; what another one would
/// take, <see cref="Plan"/> says before anything is read.
/// </summary>
internal sealed class LoraTrainer : IDisposable
{
    // Streams and single blocks; not what makes modulations of times, and not what stands before and behind.
    private static readonly string[] Ends = ["_attn.qkv.weight", "_attn.proj.weight", "_mlp.0.weight", "_mlp.2.weight", ".linear1.weight",
        ".linear2.weight"];

    private readonly WeightSource original;
    private readonly TrainerOptions options;
    private readonly LoraGraphs graphs;
    private readonly TrainedTensors state;
    private readonly GradientSums sums;
    private readonly string[] names;

    /// <summary>Reads the matrices that are changed; the transformer itself stays as it is.</summary>
    /// <param name="weights">The transformer under BFL's names.</param>
    /// <param name="side">Sides of the pictures, in tokens.</param>
    /// <param name="text">Tokens of a text.</param>
    /// <param name="axes">What shapes do not show; null for what they tell.</param>
    /// <param name="options">How; its part is of a low rank.</param>
    public LoraTrainer(WeightSource weights, int side, int text, ImmutableArray<int>? axes, TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(weights);
        original = weights;
        names = Changed(weights);
        this.options = options = Within(weights, names, options);
        state = new TrainedTensors(weights, names, options);
        sums = new GradientSums(names.Select(n => weights.Tensors[n]), options.Compute!.EffectiveThreads);
        graphs = new LoraGraphs(Over(state.ValuesOf), Over(state.ResultOf), names, side, text, axes, options.Compute);
    }

    /// <summary>Steps that were made.</summary>
    public long Step => state.Step;

    /// <summary>How many numbers are trained.</summary>
    public long Parameters => state.Parameters;

    /// <summary>What a step takes, told without reading a value.</summary>
    /// <exception cref="LatentSharpException">The memory budget is too small.</exception>
    public static TrainingPlan Plan(WeightSource weights, int side, int text, ImmutableArray<int>? axes, TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(weights);
        string[] names = Changed(weights);
        options = Within(weights, names, options);
        using var graphs = new LoraGraphs(weights, weights, names, side, text, axes, options.Compute!);
        (Plan kept, Plan again) = graphs.Both();
        long parameters = names.Sum(n => TrainedTensors.ParametersOf(weights.Tensors[n].Shape, options.Part.Rank));
        return new TrainingPlan(parameters, options.Compute!.TakenBytes, kept, again, graphs.Fits(kept) ? kept : again);
    }

    /// <summary>Makes one step.</summary>
    /// <param name="examples">Its pictures.</param>
    /// <param name="cancellationToken">Ends it soon, as if it had not begun.</param>
    /// <exception cref="LatentSharpException">The loss or a gradient is no number; the weights stay as they were.</exception>
    public TrainingStep Advance(IReadOnlyList<LoraExample> examples, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        float share = 1f / examples.Count;
        double loss = 0;
        sums.Clear();
        foreach (LoraExample example in examples)
        {
            TrainingGraphs.Found found = graphs.Differentiate(example, cancellationToken);
            if (!double.IsFinite(found.Loss)) throw NotFinite(example, $"the loss is {found.Loss}");
            loss += share * found.Loss;
            sums.Add(share, found.Gradients);
        }
        cancellationToken.ThrowIfCancellationRequested();
        StepOutcome outcome = state.Advance(sums.Values);
        return outcome.IsSkipped ? throw NotFinite(null, "a gradient is no finite number")
            : new TrainingStep(outcome.Step, loss, outcome.Norm, state.RateAt(outcome.Step), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>The mean loss of examples with the result so far.</summary>
    /// <exception cref="LatentSharpException">It is no number.</exception>
    public double Measure(IReadOnlyList<LoraExample> examples, CancellationToken cancellationToken)
        => examples.Average(e => graphs.Measure(e, cancellationToken) is var loss && double.IsFinite(loss) ? loss
            : throw NotFinite(e, $"the loss of what was held back is {loss}"));

    /// <summary>Keeps the result as it is now.</summary>
    public void Keep() => state.Keep();

    /// <summary>Writes everything that a run needs to go on.</summary>
    public void Save(string path, string notes) => state.Save(path, notes);

    /// <summary>Goes on where a run was saved; gives the notes.</summary>
    public string Resume(string path) => state.Resume(path);

    /// <summary>
    /// Writes what was kept as a LoRA under kohya's names, which every program reads: <c>lora_unet_..._attn_qkv.lora_down.weight</c>.
    /// </summary>
    public void Write(string path, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        var entries = new List<SafetensorsEntry>();
        foreach (string name in names)
        {
            (float[] up, float[] down) = state.KeptFactorsOf(name);
            long rows = original.Tensors[name].Shape[0], rank = up.Length / rows;
            string module = "lora_unet_" + name[..^".weight".Length].Replace('.', '_');
            entries.Add(SafetensorsEntry.Of(module + ".lora_down.weight", down, rank, down.Length / rank));
            entries.Add(SafetensorsEntry.Of(module + ".lora_up.weight", up, rows, rank));
            entries.Add(SafetensorsEntry.Of(module + ".alpha", new float[] { rank }));
        }
        SafetensorsWriter.Write(path, entries, metadata, cancellationToken: cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => graphs.Dispose();

    private LatentSharpException NotFinite(LoraExample? example, string what)
    {
        string from = (example is null ? sums.FirstNotFinite() : graphs.FirstNotFinite(example)) ?? "the loss";
        return new LatentSharpException(ErrorKind.BadInput, $"after step {state.Step}", $"{what}; it comes from {from}.", "Take a lower rate.");
    }

    private static string[] Changed(WeightSource weights)
        => [.. weights.Tensors.Keys.Where(n => Array.Exists(Ends, e => n.EndsWith(e, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal)];

    private static TrainerOptions Within(WeightSource weights, string[] names, TrainerOptions options)
    {
        options = options.Checked();
        long bytes = TrainedTensors.StateBytes([.. names.Select(n => weights.Tensors[n].Shape)], options.Part.Rank);
        return options with { Compute = options.Compute! with { TakenBytes = bytes, RoughGradients = true } };
    }

    private OverlaidWeights Over(Func<string, float[]> values)
    {
        var weights = new OverlaidWeights(original);
        foreach (string name in names) weights.Replace(name, values(name));
        return weights;
    }
}
