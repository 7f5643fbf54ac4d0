using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph.Onnx;

/// <summary>What <see cref="OnnxExporter.Write"/> has written.</summary>
/// <param name="Path">The model.</param>
/// <param name="SideFile">The file with the copied weights, or null when there are none.</param>
/// <param name="TensorsInPlace">Weights that are read from the weight file itself.</param>
/// <param name="TensorsCopied">Weights in the side file.</param>
internal sealed record OnnxExport(string Path, string? SideFile, int TensorsInPlace, int TensorsCopied);

/// <summary>
/// Writes a network as an ONNX model with the graph's own named inputs and outputs, float32, of the size that the graph was built for: [1,
/// C, H, W], or [1, positions, C] where the graph says <see cref="Layout.ChannelsLast"/>. Operations that ONNX lacks are written as their
/// expansion. The weights are not copied where that can be avoided: an initialiser points into the safetensors file itself by offset and
/// length when that file lies in the model's folder or below it (runtimes refuse paths that lead elsewhere); otherwise the weights go to
/// <c>MODEL.onnx.data</c>. 16-bit weights stay 16-bit in the file and are widened by a Cast, which runtimes evaluate once when they load
/// the model.
/// </summary>
internal static class OnnxExporter
{
    /// <summary>
    /// Writes <paramref name="graph"/> to <paramref name="path"/>, replacing a file of that name only once the new one is complete.
    /// </summary>
    /// <returns>What was written.</returns>
    /// <exception cref="LatentSharpException">The folder does not exist, the file cannot be written, or the graph has an operation that
    /// ONNX export does not know.</exception>
    public static OnnxExport Write(NetworkGraph graph, string path)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.GetFullPath(path);
        var weights = new OnnxWeightStore(path);
        byte[] model = Convert(graph, weights).ToArray();
        if (weights.Copied > 0) AtomicFile.Write(weights.SidePath, weights.WriteCopies);
        AtomicFile.Write(path, stream => stream.Write(model));
        if (weights.Copied == 0) File.Delete(weights.SidePath); // of an earlier model of that name
        return new OnnxExport(path, weights.Copied > 0 ? weights.SidePath : null, weights.InPlace, weights.Copied);
    }

    /// <summary>The dimensions of an input or output in the model.</summary>
    public static ImmutableArray<long> Dimensions(FeatureShape shape, Layout layout)
        => layout == Layout.ChannelsFirst ? [1, shape.Channels, shape.Height, shape.Width] : [1, shape.Positions, shape.Channels];

    private static ReadOnlySpan<byte> Convert(NetworkGraph graph, OnnxWeightStore weights)
    {
        graph = graph.Expand(OnnxOperations.Knows, "ONNX export");
        var writer = new OnnxGraphWriter(weights);
        foreach (Input input in graph.Inputs) writer.Unique(input.Name);
        foreach (Output output in graph.Outputs) writer.Unique(output.Name);
        var values = new OnnxValues(writer);
        foreach (Node node in graph.Nodes)
        {
            if (node is Input input) values.Set(input, input.Layout, input.Name);
            // The last value keeps its place in the network as its name; runtimes remove the Identity.
            else if (node is Output output) writer.Alias(values.In(output.Source, output.Layout), output.Name);
            else OnnxOperations.Add(writer, node, values);
        }
        return writer.Finish(graph.Name, graph.Inputs.Select(i => (i.Name, Dimensions(i.Shape, i.Layout).ToArray())),
            graph.Outputs.Select(o => (o.Name, Dimensions(o.Shape, o.Layout).ToArray())));
    }
}
