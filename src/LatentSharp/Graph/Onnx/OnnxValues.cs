namespace LatentSharp.Graph.Onnx;

/// <summary>
/// The names under which the results of nodes stand in the model, in one layout or in both: what is missing is made from the other when it
/// is asked for.
/// </summary>
internal sealed class OnnxValues(OnnxGraphWriter onnx)
{
    private readonly Dictionary<(Node, Layout), string> names = [];

    /// <summary>Notes where the result of a node stands.</summary>
    public void Set(Node node, Layout layout, string name) => names[(node, layout)] = name;

    /// <summary>The layout in which the result of a node stands there already.</summary>
    public Layout Of(Node node) => names.ContainsKey((node, Layout.ChannelsFirst)) ? Layout.ChannelsFirst : Layout.ChannelsLast;

    /// <summary>The result of a node as [1, C, H, W] or as [1, positions, C].</summary>
    public string In(Node node, Layout layout)
    {
        if (names.TryGetValue((node, layout), out string? name)) return name;
        (int height, int width, int channels) = node.Shape;
        long[] turned = [0, 2, 1];
        if (layout == Layout.ChannelsLast)
        {
            string flat = onnx.Node("Reshape", node.Name + ".flat",
                [names[(node, Layout.ChannelsFirst)], onnx.Constant(1, channels, node.Shape.Positions)]);
            name = onnx.Node("Transpose", node.Name + ".positions", [flat], ("perm", turned));
        }
        else
        {
            string flat = onnx.Node("Transpose", node.Name + ".flat", [names[(node, Layout.ChannelsLast)]], ("perm", turned));
            name = onnx.Node("Reshape", node.Name + ".planes", [flat, onnx.Constant(1, channels, height, width)]);
        }
        return names[(node, layout)] = name;
    }
}
