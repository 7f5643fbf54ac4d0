namespace LatentSharp.Graph.Gradients.Rules;

/// <summary>What moves, repeats or leaves out values.</summary>
internal static class PlaceRules
{
    public static void RepeatChannels(ReversePass pass, RepeatChannels node, Node dy)
        => pass.Give(node.Source, () => Times("d." + node.Source.Name, new MeanOfChannels(dy.Name + ".mean", dy, node.Times), node.Times));

    public static void MeanOfChannels(ReversePass pass, MeanOfChannels node, Node dy)
        => pass.Give(node.Source, () => Times("d." + node.Source.Name, new RepeatChannels(dy.Name + ".repeat", dy, node.Size), 1f / node.Size));

    /// <summary>A channel that was taken several times gets the sum: one selection for each time that some channel was taken.</summary>
    public static void SelectChannels(ReversePass pass, SelectChannels node, Node dy)
    {
        int[][] users = [.. Enumerable.Range(0, node.Source.Shape.Channels)
            .Select(c => Enumerable.Range(0, node.Sources.Length).Where(i => node.Sources[i] == c).ToArray())];
        for (int time = 0; time < Math.Max(1, users.Max(u => u.Length)); time++)
        {
            int taken = time;
            pass.Give(node.Source, () => new SelectChannels("d." + node.Source.Name, dy,
                [.. users.Select(u => taken < u.Length ? u[taken] : Graph.SelectChannels.Zero)]));
        }
    }

    public static void Slice(ReversePass pass, Slice node, Node dy)
        => pass.Give(node.Source, () => new Placed("d." + node.Source.Name, dy, node.Axis, node.First, node.Source.Shape));

    public static void Concat(ReversePass pass, Concat node, Node dy)
    {
        int first = 0;
        foreach (Node part in node.Parts)
        {
            int at = first, count = node.Axis == Axis.Channels ? part.Shape.Channels : part.Shape.Width;
            pass.Give(part, () => node.Parts.Length == 1 ? dy : new Slice("d." + part.Name, dy, node.Axis, at, count));
            first += count;
        }
    }

    private static Pointwise Times(string name, Node x, float factor) => new(name, x, new PointFunction(PointFunctionKind.Affine, factor));
}
