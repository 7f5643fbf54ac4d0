using LatentSharp.Weights;

namespace LatentSharp.Graph.Gradients.Rules;

/// <summary>
/// Normalisations with their scales and offsets. The scales' gradients are the sums of dy times the normalised values, which the same
/// normalisation with scales of 1 gives.
/// </summary>
internal static class NormRules
{
    public static void GroupNorm(ReversePass pass, GroupNorm node, Node dy)
    {
        int channels = node.Shape.Channels;
        Affine(pass, node.Weight, node.Bias, dy, channels, () => new GroupNorm(node.Name + ".normalised", pass.Again(node.Source),
            Constants.Same("ones", 1, channels), Constants.Same("zeros", 0, channels), node.Groups, node.Epsilon));
        pass.Give(node.Source, () => new GroupNormGradient("d." + node.Source.Name, Scaled(node.Weight, dy), pass.Again(node.Source),
            node.Groups, node.Epsilon));
    }

    public static void LayerNorm(ReversePass pass, LayerNorm node, Node dy)
    {
        int channels = node.Shape.Channels;
        Affine(pass, node.Weight, node.Bias, dy, channels,
            () => new LayerNorm(node.Name + ".normalised", pass.Again(node.Source), null, null, node.Epsilon));
        Vectors(pass, node.Source, node.Weight, dy, VectorNorm.Layer, channels, node.Epsilon);
    }

    public static void RmsNorm(ReversePass pass, RmsNorm node, Node dy)
    {
        int size = node.GroupChannels;
        Affine(pass, node.Weight, node.Bias, dy, size,
            () => new RmsNorm(node.Name + ".normalised", pass.Again(node.Source), Constants.Same("ones", 1, size), null, node.Epsilon));
        Vectors(pass, node.Source, node.Weight, dy, VectorNorm.RootMeanSquare, size, node.Epsilon);
    }

    public static void L2Norm(ReversePass pass, L2Norm node, Node dy)
    {
        int channels = node.Shape.Channels;
        Affine(pass, node.Weight, null, dy, channels,
            () => new L2Norm(node.Name + ".normalised", pass.Again(node.Source), Constants.Same("ones", 1, channels)));
        Vectors(pass, node.Source, node.Weight, dy, VectorNorm.Length, channels, Graph.L2Norm.Floor);
    }

    /// <summary>The stored statistics are no results of training: they have no gradient, as in torch.</summary>
    public static void BatchNorm(ReversePass pass, BatchNorm node, Node dy)
    {
        int channels = node.Shape.Channels;
        Affine(pass, node.Weight, node.Bias, dy, channels, () => new BatchNorm(node.Name + ".normalised", pass.Again(node.Source),
            new BatchStatistics(Constants.Same("ones", 1, channels), Constants.Same("zeros", 0, channels), node.Mean, node.Variance), node.Epsilon));
        pass.Give(node.Source, () => new Multiply("d." + node.Source.Name, Scaled(node.Weight, dy),
            Losses.Map(Losses.Affine(Constants.Row(node.Variance), 1, node.Epsilon), new(PointFunctionKind.Power, -0.5f))));
    }

    private static void Affine(ReversePass pass, WeightRef? weight, WeightRef? bias, Node dy, int size, Func<Node> normalised)
    {
        pass.Give(weight, () => new SumOfPositions("d." + weight!.Name, new Multiply("d." + weight.Name + ".each", dy, normalised()), size));
        pass.Give(bias, () => new SumOfPositions("d." + bias!.Name, dy, size));
    }

    private static void Vectors(ReversePass pass, Node source, WeightRef? weight, Node dy, VectorNorm norm, int size, float epsilon)
        => pass.Give(source, () => new VectorNormGradient("d." + source.Name, weight is null ? dy : Scaled(weight, dy), pass.Again(source),
            norm, size, epsilon));

    // Heads share their scales: the row of the weight comes as often as it has to.
    private static Node Scaled(WeightRef weight, Node dy)
    {
        Node row = Constants.Row(weight);
        FeatureShape whole = FeatureShape.Sequence(1, dy.Shape.Channels);
        return new Multiply(dy.Name + ".scaled", dy, row.Shape == whole ? row : new Spread(weight.Name + ".spread", row, whole));
    }
}
