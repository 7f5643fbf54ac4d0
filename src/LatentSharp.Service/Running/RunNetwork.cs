using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Graph;
using LatentSharp.Models;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Pixel;
using LatentSharp.Models.Text;
using LatentSharp.Models.Vision;
using LatentSharp.Service.Generating;
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
        using WeightFile given = WeightFiles.Open(request.Inputs);
        var inputs = new NamedTensors(given);
        var open = new List<IDisposable>();
        try
        {
            NetworkKind? kind = request.Kind ?? KindOf(inputs);
            if (kind != NetworkKind.Transformer && request.Compute.Precision == Precision.Int8)
                throw new LatentSharpException(ErrorKind.Usage, "precision",
                    $"transformers alone are computed in {PrecisionWords.Of(request.Compute.Precision)}; this is none.",
                    "Leave the precision out: everything else is computed in float32.");
            if (kind is not (null or NetworkKind.Transformer) && request.Loras.Count > 0)
                throw new LatentSharpException(ErrorKind.Usage, "lora", "LoRAs are applied to transformers; this is none.");
            if (kind is NetworkKind.Encoder or NetworkKind.Decoder)
            {
                var autoencoder = Autoencoder.Open(request.Network);
                open.Add(autoencoder);
                return Compute(request, kind == NetworkKind.Encoder ? NamedAutoencoder.Encoder(autoencoder, inputs)
                    : NamedAutoencoder.Decoder(autoencoder, inputs), inputs, [], progress, cancellationToken);
            }
            WeightFile file = WeightFiles.Open(request.Network);
            open.Add(file);
            (NamedNetwork network, IReadOnlyList<string> unknown) = Network(kind ?? TextKindOf(file), file, inputs, request, open);
            return Compute(request, network, inputs, unknown, progress, cancellationToken);
        }
        finally
        {
            foreach (IDisposable part in open) part.Dispose();
        }
    }

    private static (NamedNetwork Network, IReadOnlyList<string> Unknown) Network(NetworkKind kind, WeightFile file, NamedTensors inputs,
        RunRequest request, List<IDisposable> open)
    {
        if (kind == NetworkKind.Unet)
        {
            (_, int height, int width) = inputs.Picture("sample");
            NetworkGraph unet = UNet2D.Of(UNet2DWeights.From(file), UNet2DSettings.Of(request.Configuration, file), height, width);
            inputs.RequireChannels("sample", unet.Inputs.First(i => i.Name == "sample").Shape.Channels);
            return (new NamedNetwork(kind, unet), []);
        }
        if (kind == NetworkKind.Redux)
            return (new NamedNetwork(kind, ReduxEmbedder.Of(file, inputs.Tokens("siglip", ReduxEmbedder.Width(file)))), []);
        NetworkConfiguration configuration = NetworkConfiguration.Of(request.Configuration, file);
        if (kind == NetworkKind.Siglip)
        {
            inputs.RequireChannels("pixel_values", 3);
            (_, int rows, int columns) = inputs.Picture("pixel_values");
            return (new NamedNetwork(kind, SiglipVisionModel.Of(SiglipVisionModel.Weights(file), rows, columns, configuration.Heads)), []);
        }
        if (kind == NetworkKind.Transformer) return Transformer(file, inputs, request.Loras, configuration, open);
        int tokens = inputs.Tokens("input_ids", 1);
        return (new NamedNetwork(kind, kind == NetworkKind.Clip
            ? ClipTextModel.Of(TextWeights.Clip(file), tokens, configuration.Heads, configuration.End)
            : T5Encoder.Of(TextWeights.T5(file), tokens)), []);
    }

    private static (NamedNetwork Network, IReadOnlyList<string> Unknown) Transformer(WeightFile file, NamedTensors inputs,
        IReadOnlyList<LoraPart> loras, NetworkConfiguration configuration, List<IDisposable> open)
    {
        WeightSource weights = FluxWeights.From(file);
        IReadOnlyList<string> unknown = [];
        if (loras.Count > 0)
        {
            var files = new List<LoraFile>();
            foreach (LoraPart lora in loras)
            {
                WeightFile opened = WeightFiles.Open(lora.Path);
                open.Add(opened);
                files.Add(new LoraFile(opened, lora.Strength));
            }
            FluxLoraResult changed = FluxLora.Apply(weights, files);
            (weights, unknown) = (changed.Weights, [.. changed.Unknown, .. changed.TextEncoders]);
        }
        FluxShapes shapes = FluxShapes.From(weights);
        var tokens = new FluxTokens(inputs.Tokens("img", shapes.InChannels), inputs.Tokens("txt", shapes.Context));
        return (new NamedNetwork(NetworkKind.Transformer, FluxTransformer.Of(weights, tokens, configuration.Axes)), unknown);
    }

    // Inputs tell what they are for; only those of text encoders are called the same.
    private static NetworkKind? KindOf(NamedTensors inputs)
    {
        if (inputs.Has("img")) return NetworkKind.Transformer;
        if (inputs.Has("siglip")) return NetworkKind.Redux;
        if (inputs.Has("pixel_values")) return NetworkKind.Siglip;
        if (inputs.Has("input_ids")) return null;
        if (inputs.Has("sample")) return NetworkKind.Unet;
        bool decodes = inputs.Has(NamedAutoencoder.Z) || inputs.Has(NamedAutoencoder.Latent) || inputs.Has(NamedAutoencoder.Sampled);
        if (inputs.Has(NamedAutoencoder.Image) && decodes)
            throw new LatentSharpException(ErrorKind.Usage, "network",
                "the inputs are those of both halves of an autoencoder; say which one: encoder or decoder.");
        if (inputs.Has(NamedAutoencoder.Image)) return NetworkKind.Encoder;
        if (decodes) return NetworkKind.Decoder;
        throw inputs.Refuse("no network takes what is in it; a transformer takes img, Redux siglip, SigLIP pixel_values, a text encoder input_ids, "
            + $"a UNet sample, an encoder image, a decoder z. The file holds {string.Join(", ", inputs.Names.Take(12))}.");
    }

    private static NetworkKind TextKindOf(WeightFile file)
    {
        bool clip = TextWeights.HasClip(file), t5 = TextWeights.HasT5(file);
        if (clip && t5)
            throw new LatentSharpException(ErrorKind.Usage, "network", "the file holds two text encoders; say which one: clip or t5.");
        if (!clip && !t5)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                "it holds no text encoder, which the inputs are for.", Remedy.Inspect(file.Name));
        return clip ? NetworkKind.Clip : NetworkKind.T5;
    }

    private static RunResult Compute(RunRequest request, NamedNetwork network, NamedTensors inputs,
        IReadOnlyList<string> unknown, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        NetworkGraph graph = network.Graph;
        string first = network.NameOf(network.First);
        int items = inputs.Items(first, network.First.Shape.Count);
        Dictionary<string, float[]> given = graph.Inputs.ToDictionary(i => i.Name, Given);
        Dictionary<string, float[]> values = graph.Inputs.ToDictionary(i => i.Name, i => new float[i.Shape.Count]);
        Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[items * o.Shape.Count]);
        Plan plan = DefaultDevice.Compile(graph, request.Compute);
        long start = Stopwatch.GetTimestamp();
        using (PlanSession session = plan.Start())
            for (int item = 0; item < items; item++)
            {
                foreach (Input input in graph.Inputs) network.Enter(input, Part(given[input.Name], input).Span, values[input.Name]);
                session.Run(graph.Inputs.ToDictionary(i => i.Name, i => (ReadOnlyMemory<float>)values[i.Name]),
                    graph.Outputs.ToDictionary(o => o.Name, o => Part(found[o.Name], o)),
                    PartOfJob.Of(progress, (double)item / items, 1.0 / items, "", item + 1, items), cancellationToken);

                Memory<float> Part(float[] all, Node port)
                    => all.AsMemory(all.Length == port.Shape.Count ? 0 : checked((int)(item * port.Shape.Count)), (int)port.Shape.Count);
            }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        NamedResult[] results = [.. network.Leave(found, items)];
        SafetensorsWriter.Write(request.Output, results.Select(r => SafetensorsEntry.Of(r.Name, r.Values, r.Shape)),
            cancellationToken: cancellationToken);
        return new RunResult(network.Kind, network.Title, request.Output, items, [.. results.Select(r => new RunTensor(r.Name, r.Shape))],
            [.. inputs.Names.Except(graph.Inputs.Select(network.NameOf)).Order(StringComparer.Ordinal)],
            unknown, seconds)
        {
            PeakBytes = plan.PeakBytes,
        };

        // One item of an input may serve all items of the others.
        float[] Given(Input input)
        {
            string name = network.NameOf(input);
            int count = inputs.Items(name, input.Shape.Count);
            return count == items || count == 1 ? inputs.Read(name)
                : throw inputs.Refuse($"there are {count} of {name}, but {items} of {first}.");
        }
    }
}
