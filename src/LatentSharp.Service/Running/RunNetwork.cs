using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Graph;
using LatentSharp.Models;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Text;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Running;

/// <summary>
/// Computes one network on tensors from a file, under the names of the reference implementations: the way to compare with any other one.
/// </summary>
public static class RunNetwork
{
    /// <summary>Computes.</summary>
    /// <param name="request">What on what.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Ends the run; nothing is written.</param>
    /// <exception cref="LatentSharpException">The file holds no such network, or an input is missing or does not fit.</exception>
    public static RunResult Run(RunRequest request, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using WeightFile file = WeightFiles.Open(request.Network), given = WeightFiles.Open(request.Inputs);
        var inputs = new NamedTensors(given);
        NetworkConfiguration configuration = NetworkConfiguration.Of(request.Configuration, file);
        NetworkKind kind = request.Kind ?? KindOf(file, inputs);
        var open = new List<WeightFile>();
        try
        {
            if (kind != NetworkKind.Transformer && request.Loras.Count > 0)
                throw new LatentSharpException(ErrorKind.Usage, "lora", "LoRAs are applied to transformers; this is a text encoder.");
            (NetworkGraph graph, IReadOnlyList<string> unknown) = kind switch
            {
                NetworkKind.Transformer => Transformer(file, inputs, request.Loras, configuration, open),
                NetworkKind.Clip => (ClipTextModel.Of(TextWeights.Clip(file), inputs.Tokens("input_ids", 1), configuration.Heads,
                    configuration.End), []),
                _ => (T5Encoder.Of(TextWeights.T5(file), inputs.Tokens("input_ids", 1)), (IReadOnlyList<string>)[]),
            };
            return Compute(request, kind, graph, inputs, unknown, progress, cancellationToken);
        }
        finally
        {
            foreach (WeightFile lora in open) lora.Dispose();
        }
    }

    private static (NetworkGraph Graph, IReadOnlyList<string> Unknown) Transformer(WeightFile file, NamedTensors inputs,
        IReadOnlyList<LoraPart> loras, NetworkConfiguration configuration, List<WeightFile> open)
    {
        WeightSource weights = FluxWeights.From(file);
        IReadOnlyList<string> unknown = [];
        if (loras.Count > 0)
        {
            foreach (LoraPart lora in loras) open.Add(WeightFiles.Open(lora.Path));
            FluxLoraResult changed = FluxLora.Apply(weights, [.. loras.Select((l, i) => new LoraFile(open[i], l.Strength))]);
            (weights, unknown) = (changed.Weights, [.. changed.Unknown, .. changed.TextEncoders]);
        }
        FluxShapes shapes = FluxShapes.From(weights);
        var tokens = new FluxTokens(inputs.Tokens("img", shapes.InChannels), inputs.Tokens("txt", shapes.Context));
        return (FluxTransformer.Of(weights, tokens, configuration.Axes), unknown);
    }

    private static NetworkKind KindOf(WeightFile file, NamedTensors inputs)
    {
        if (inputs.Has("img")) return NetworkKind.Transformer;
        bool clip = TextWeights.HasClip(file), t5 = TextWeights.HasT5(file);
        if (clip && t5)
            throw new LatentSharpException(ErrorKind.Usage, "network", "the file holds two text encoders; say which one: clip or t5.");
        if (!clip && !t5)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                "it holds no text encoder, and the inputs have no img for a transformer.", Remedy.Inspect(file.Name));
        return clip ? NetworkKind.Clip : NetworkKind.T5;
    }

    private static RunResult Compute(RunRequest request, NetworkKind kind, NetworkGraph graph, NamedTensors inputs,
        IReadOnlyList<string> unknown, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        Input first = graph.Inputs.First(i => i.Name is "img" or "input_ids");
        int items = inputs.Items(first.Name, first.Shape.Count);
        Dictionary<string, float[]> values = graph.Inputs.ToDictionary(i => i.Name, i => Values(i));
        Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[items * o.Shape.Count]);
        Plan plan = DefaultDevice.Compile(graph, request.Compute);
        long start = Stopwatch.GetTimestamp();
        using (PlanSession session = plan.Start())
            for (int item = 0; item < items; item++)
            {
                session.Run(graph.Inputs.ToDictionary(i => i.Name, i => (ReadOnlyMemory<float>)Part(values[i.Name], i)),
                    graph.Outputs.ToDictionary(o => o.Name, o => Part(found[o.Name], o)),
                    PartOfJob.Of(progress, (double)item / items, 1.0 / items, "", item + 1, items), cancellationToken);

                Memory<float> Part(float[] all, Node port)
                    => all.AsMemory(all.Length == port.Shape.Count ? 0 : checked((int)(item * port.Shape.Count)), (int)port.Shape.Count);
            }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        RunTensor[] outputs = [.. graph.Outputs.Select(o => new RunTensor(o.Name, o.Name is "pooler_output" or "text_embeds"
            ? [items, o.Shape.Channels] : [items, o.Shape.Positions, o.Shape.Channels]))];
        SafetensorsWriter.Write(request.Output, outputs.Select(o => SafetensorsEntry.Of(o.Name, found[o.Name], [.. o.Shape])),
            cancellationToken: cancellationToken);
        return new RunResult(kind, graph.Name, request.Output, items, outputs,
            [.. inputs.Names.Except(values.Keys).Order(StringComparer.Ordinal)],
            unknown, seconds)
        {
            PeakBytes = plan.PeakBytes,
        };

        // One item of an input may serve all items of the others.
        float[] Values(Input input)
        {
            int count = inputs.Items(input.Name, input.Shape.Count);
            return count == items || count == 1 ? inputs.Read(input.Name)
                : throw new LatentSharpException(ErrorKind.BadInput, request.Inputs,
                    $"there are {count} of {input.Name}, but {items} of {first.Name}.");
        }
    }
}
