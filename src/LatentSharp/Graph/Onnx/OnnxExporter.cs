using LatentSharp.Weights;

namespace LatentSharp.Graph.Onnx;

/// <summary>What <see cref="OnnxExporter.Write"/> has written.</summary>
/// <param name="Path">The model.</param>
/// <param name="SideFile">The file with the copied weights, or null when there are none.</param>
/// <param name="TensorsInPlace">Weights that are read from the weight file itself.</param>
/// <param name="TensorsCopied">Weights in the side file.</param>
public sealed record OnnxExport(string Path, string? SideFile, int TensorsInPlace, int TensorsCopied);

/// <summary>
/// Writes a network as an ONNX model: float32 NCHW input <c>input</c> [1, C, H, W] and output <c>output</c> [1, C, H, W], of the size that the graph was
/// built for. The weights are not copied where that can be avoided: an initialiser points into the safetensors file itself by offset and length when that
/// file lies in the model's folder or below it (runtimes refuse paths that lead elsewhere); otherwise the weights go to <c>MODEL.onnx.data</c>.
/// 16-bit weights stay 16-bit in the file and are widened by a Cast, which runtimes evaluate once when they load the model.
/// </summary>
public static class OnnxExporter
{
    /// <summary>The name of the model's input.</summary>
    public const string InputName = "input";

    /// <summary>The name of the model's output.</summary>
    public const string OutputName = "output";

    /// <summary>Writes <paramref name="graph"/> to <paramref name="path"/>, replacing a file of that name only once the new one is complete.</summary>
    /// <returns>What was written.</returns>
    /// <exception cref="LatentSharpException">The folder does not exist, the file cannot be written, or the graph has an operation that ONNX export does not know.</exception>
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

    private static ReadOnlySpan<byte> Convert(NetworkGraph graph, OnnxWeightStore weights)
    {
        var writer = new OnnxGraphWriter(weights);
        writer.Unique(InputName);
        writer.Unique(OutputName);
        var values = new Dictionary<Node, string> { [graph.Input] = InputName };
        foreach (Node node in graph.Nodes)
            if (node is not Input) values[node] = OnnxOperations.Add(writer, node, source => values[source]);
        // The last value keeps its place in the network as its name; runtimes remove the Identity.
        writer.Alias(values[graph.Output], OutputName);
        return writer.Finish(graph.Name, (InputName, Nchw(graph.Input)), (OutputName, Nchw(graph.Output)));
    }

    private static long[] Nchw(Node node) => [1, node.Shape.Channels, node.Shape.Height, node.Shape.Width];
}
