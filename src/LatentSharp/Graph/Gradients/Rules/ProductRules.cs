using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Graph.Gradients.Rules;

/// <summary>Convolutions, linear layers and attention.</summary>
internal static class ProductRules
{
    public static void Convolution(ReversePass pass, Conv2d node, Node dy)
    {
        pass.Give(node.Bias, () => ArithmeticRules.Sum(node.Bias!.Name, dy));
        pass.Give(node.Weight, () => new WeightGradient("d." + node.Weight.Name, dy, pass.Again(node.Source), node.Window));
        pass.Give(node.Source, () => ToSource(node, dy));
    }

    /// <summary>
    /// The convolution with turned weights, over what the step left out put back. What a window reads beyond the last one's reach is
    /// padding, so that rows and columns which no window has read get zeros.
    /// </summary>
    private static Node ToSource(Conv2d node, Node dy)
    {
        Window w = node.Window;
        FeatureShape source = node.Source.Shape;
        Node spaced = w.Stride == 1 ? dy : new Dilate("d." + node.Name + ".spaced", dy, w.Stride);
        int top = w.Height - 1 - w.Padding.Top, left = w.Width - 1 - w.Padding.Left;
        var padding = new Padding(top, left, source.Height + w.Height - 1 - spaced.Shape.Height - top,
            source.Width + w.Width - 1 - spaced.Shape.Width - left);
        WeightRef turned = new TurnedWeights(node.Weight, w.Groups, 0, node.Shape.Channels).Ref;
        return new Conv2d("d." + node.Source.Name, spaced, turned, null, new Window(w.Height, w.Width, 1, padding, w.Groups));
    }

    public static void Linear(ReversePass pass, Linear node, Node dy)
    {
        int outputs = checked((int)node.Weight.Shape[0]), inputs = node.Source.Shape.Channels;
        pass.Give(node.Bias, () =>
        {
            Node sum = ArithmeticRules.Sum(node.Bias!.Name, dy);
            return node.IsWhole ? sum : new Placed(sum.Name, sum, Axis.Channels, node.FirstRow, FeatureShape.Sequence(1, outputs));
        });
        pass.Give(node.Weight, () =>
        {
            Node rows = new WeightGradient("d." + node.Weight.Name, dy, pass.Again(node.Source), new Window(1, 1, 1, default, 1));
            return node.IsWhole ? rows : new Placed(rows.Name, rows, Axis.Tokens, node.FirstRow, FeatureShape.Sequence(outputs, inputs));
        });
        pass.Give(node.Source, () => new Linear("d." + node.Source.Name, dy,
            new TurnedWeights(node.Weight, 1, node.FirstRow, node.Rows).Ref, null));
    }

    public static void Attention(ReversePass pass, Attention node, Node dy)
    {
        Give(AttentionPart.Query, node.Query);
        Give(AttentionPart.Key, node.Key);
        Give(AttentionPart.Value, node.Value);
        if (node.Bias is { } bias) Give(AttentionPart.Bias, bias);

        void Give(AttentionPart part, Node to)
            => pass.Give(to, () => new AttentionGradient($"d.{to.Name}", part, node.Form,
                [dy, pass.Again(node), .. node.Inputs.Select(pass.Again)]));
    }
}
