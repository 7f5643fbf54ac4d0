using System.Collections.Immutable;
using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Running;

/// <summary>
/// Computes a loss on tensors from a file and its gradients: of every parameter under the name that its file has for it, of every input as
/// <c>d.NAME</c>. To compare with any other implementation. Items are computed one after the other; the loss is the mean of theirs.
/// </summary>
public static class RunGradients
{
    /// <summary>Computes.</summary>
    /// <param name="request">What on what.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Ends the run; nothing is written.</param>
    /// <exception cref="LatentSharpException">The file holds no such network, an input is missing or does not fit, or an operation has no
    /// gradient.</exception>
    public static GradientResult Run(GradientRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using WeightFile given = WeightFiles.Open(request.Inputs);
        var inputs = new NamedTensors(given);
        var open = new List<IDisposable>();
        try
        {
            return Compute(request, LossNetwork.Of(request, inputs, open), inputs, progress, cancellationToken);
        }
        finally
        {
            foreach (IDisposable part in open) part.Dispose();
        }
    }

    private static GradientResult Compute(GradientRequest request, LossNetwork network, NamedTensors inputs,
        IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        HashSet<string>? changed = network.Lora is null ? null : [.. network.Lora.Changed];
        (NetworkGraph graph, ImmutableArray<WeightRef> trained) = network.Loss.Backward(w => changed is null || changed.Contains(w.Name));
        int items = graph.Inputs.Where(i => inputs.Has(i.Name)).Max(i => inputs.Items(i.Name, i.Shape.Count));
        Dictionary<string, float[]> values = graph.Inputs.Where(i => network.Made(i, inputs, 0) is null).ToDictionary(i => i.Name, Given);
        Dictionary<string, float[]> sums = graph.Outputs.ToDictionary(o => o.Name,
            o => new float[(IsOfItem(o) ? items : 1) * o.Shape.Count]);
        Dictionary<string, float[]> found = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        Plan plan = DefaultDevice.Compile(graph, request.Compute);
        long start = Stopwatch.GetTimestamp();
        using (PlanSession session = plan.Start())
            for (int item = 0; item < items; item++)
            {
                session.Run(graph.Inputs.ToDictionary(i => i.Name, i => ItemOf(i, item)),
                    found.ToDictionary(f => f.Key, f => f.Value.AsMemory()),
                    PartOfJob.Of(progress, (double)item / items, 1.0 / items, "", item + 1, items), cancellationToken);
                foreach ((string name, float[] value) in found)
                {
                    Span<float> sum = sums[name].Length == value.Length ? sums[name] : sums[name].AsSpan(item * value.Length, value.Length);
                    for (int i = 0; i < value.Length; i++) sum[i] += value[i] / items;
                }
            }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double loss = sums[LossGraph.LossName][0];
        if (!double.IsFinite(loss))
            throw new LatentSharpException(ErrorKind.BadInput, request.Inputs, $"the loss is {loss}; nothing is written.",
                "Look for values that are no numbers.");
        SafetensorsEntry[] parameters = [.. Parameters(network.Lora, trained, sums)];
        Output[] others = [.. graph.Outputs.Where(o => !trained.Any(w => w.Name == o.Name))];
        SafetensorsWriter.Write(request.Gradients,
            others.Select(o => SafetensorsEntry.Of(o.Name, sums[o.Name], ShapeOf(o))).Concat(parameters),
            cancellationToken: cancellationToken);
        return new GradientResult(network.Loss.Name, loss, items, parameters.Length, [.. others.Where(IsOfInput).Select(o => o.Name)],
            request.Gradients, seconds)
        {
            PeakBytes = plan.PeakBytes,
        };

        // One item of an input may serve all items of the others; its gradient is the sum.
        float[] Given(Input input)
        {
            int count = inputs.Items(input.Name, input.Shape.Count);
            return count == items || count == 1 ? inputs.Read(input.Name)
                : throw inputs.Refuse($"there are {count} of {input.Name}, but {items} of others.");
        }

        ReadOnlyMemory<float> ItemOf(Input input, int item)
        {
            if (network.Made(input, inputs, item) is { } made) return made;
            float[] all = values[input.Name];
            return all.AsMemory(all.Length == input.Shape.Count ? 0 : checked((int)(item * input.Shape.Count)), (int)input.Shape.Count);
        }

        bool IsOfItem(Output output) => IsOfInput(output)
            && !(values.TryGetValue(output.Name[2..], out float[]? all) && all.Length == output.Shape.Count);

        long[] ShapeOf(Output output)
        {
            (int height, int width, int channels) = output.Shape;
            if (!IsOfInput(output)) return [];
            long count = sums[output.Name].Length / output.Shape.Count;
            if (output.Layout == Layout.ChannelsFirst) return [count, channels, height, width];
            return inputs.Has(output.Name[2..]) ? inputs.ShapeOf(output.Name[2..]) : [count, width, channels];
        }
    }

    private static bool IsOfInput(Output output) => output.Name.StartsWith("d.", StringComparison.Ordinal);

    // Views rename and join tensors; what is written has the names, the shapes and the order of the file.
    private static IEnumerable<SafetensorsEntry> Parameters(FluxLoraGradients? lora, ImmutableArray<WeightRef> trained,
        Dictionary<string, float[]> sums)
    {
        if (lora is not null)
            return lora.Of(name => sums[name]).Select(g => SafetensorsEntry.Of(g.Tensor.Name, g.Values, [.. g.Tensor.Shape.Dimensions]));
        var stored = new Dictionary<TensorInfo, float[]>();
        foreach (WeightRef weight in trained)
        {
            long at = 0;
            foreach (WeightStretch stretch in weight.Source.Stretches(weight.Info))
            {
                if (!stored.TryGetValue(stretch.Tensor, out float[]? whole))
                    stored[stretch.Tensor] = whole = new float[stretch.Tensor.Shape.ElementCount];
                for (long i = 0; i < stretch.Count; i++) whole[stretch.First + i] += sums[weight.Name][at + i];
                at += stretch.Count;
            }
        }
        return stored.OrderBy(s => s.Key.Name, StringComparer.Ordinal)
            .Select(s => SafetensorsEntry.Of(s.Key.Name, s.Value, [.. s.Key.Shape.Dimensions]));
    }
}
