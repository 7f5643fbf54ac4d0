namespace LatentSharp.Graph.Gradients.Rules;

/// <summary>Sums, products and functions, value by value.</summary>
internal static class ArithmeticRules
{
    public static void Add(ReversePass pass, Add node, Node dy)
    {
        pass.Give(node.Left, () => dy);
        pass.Give(node.Right, () => node.IsRow ? Sum(node.Right.Name, dy) : dy);
    }

    public static void Multiply(ReversePass pass, Multiply node, Node dy)
    {
        pass.Give(node.Left, () => new Multiply("d." + node.Left.Name, dy, pass.Again(node.Right)));
        pass.Give(node.Right, () =>
        {
            var product = new Multiply("d." + node.Right.Name, dy, pass.Again(node.Left));
            return node.IsRow ? Sum(node.Right.Name, product) : product;
        });
    }

    public static void Activation(ReversePass pass, Activation node, Node dy)
        => pass.Give(node.Source, () => new ActivationGradient("d." + node.Source.Name, dy,
            pass.Again(ActivationGradient.ReadsResult(node.Kind) ? node : node.Source), node.Kind));

    public static void Pointwise(ReversePass pass, Pointwise node, Node dy)
        => pass.Give(node.Source, () => node.Function.Kind == PointFunctionKind.Affine
            ? new Pointwise("d." + node.Source.Name, dy, node.Function with { B = 0 })
            : new PointwiseGradient("d." + node.Source.Name, dy, pass.Again(node.Source), node.Function));

    /// <summary>The gradient of a row that was used at every position.</summary>
    public static Node Sum(string name, Node dy) => new SumOfPositions("d." + name, dy, dy.Shape.Channels);
}
