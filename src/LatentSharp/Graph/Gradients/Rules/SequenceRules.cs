namespace LatentSharp.Graph.Gradients.Rules;

/// <summary>Positions and times of transformers.</summary>
internal static class SequenceRules
{
    /// <summary>The same turn backwards: by a table whose sines have the other sign.</summary>
    public static void Rope(ReversePass pass, Rope node, Node dy)
        => pass.Give(node.Source, () => new Rope("d." + node.Source.Name, dy, pass.Once(node.Table, () => Backwards(node.Table))));

    /// <summary>The row that stands for a text gets all of it.</summary>
    public static void TokenOfText(ReversePass pass, TokenOfText node, Node dy)
        => pass.Give(node.Source, () => new TokenOfTextGradient("d." + node.Source.Name, dy, node.Ids, node.End));

    private static Node Backwards(Node table)
    {
        float[] signs = [.. Enumerable.Range(0, table.Shape.Channels).Select(c => c < table.Shape.Channels / 2 ? 1f : -1f)];
        return new Multiply(table.Name + ".backwards", table, Constants.Row("signs", signs));
    }

    /// <summary>The result is (cos a, sin a) with a = factor frequency x; its derivative is factor frequency (-sin a, cos a).</summary>
    public static void Sinusoid(ReversePass pass, SinusoidalEmbedding node, Node dy)
        => pass.Give(node.Source, () =>
        {
            int half = node.Shape.Channels / 2;
            var slopes = new SelectChannels(node.Name + ".slopes", node, [.. Enumerable.Range(half, half), .. Enumerable.Range(0, half)]);
            float[] factors = [.. node.Frequencies.Select(f => -f * node.Factor), .. node.Frequencies.Select(f => f * node.Factor)];
            Node each = new Multiply(node.Name + ".slope", new Multiply("d." + node.Name + ".each", dy, slopes), Constants.Row("factors", factors));
            return new Pointwise("d." + node.Source.Name, new MeanOfChannels(node.Name + ".mean", each, node.Shape.Channels),
                new PointFunction(PointFunctionKind.Affine, node.Shape.Channels));
        });
}
