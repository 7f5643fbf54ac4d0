using LatentSharp.Graph;

namespace LatentSharp.Tests.Reference;

/// <summary>Operations that move values between channels and positions, each as the formula of one output value.</summary>
internal static class ReferenceRearrangement
{
    /// <summary>The result of the node, or null when it is none of these.</summary>
    public static double[]? Evaluate(Node node, Func<Node, double[]> result)
    {
        if (node is Concat concat) return Join(concat, result);
        Node? source = node.Inputs.Length == 1 ? node.Inputs[0] : null;
        if (source is null) return null;
        double[] values = result(source);
        double At(int y, int x, int c) => values[(y * source.Shape.Width + x) * source.Shape.Channels + c];
        return node switch
        {
            GatedSiLU n => ReferenceExecutor.Gather(n.Shape, (y, x, c) => At(y, x, c) * SiLU(At(y, x, c + n.Shape.Channels))),
            RepeatChannels n => ReferenceExecutor.Gather(n.Shape, (y, x, c) => At(y, x, c / n.Times)),
            SelectChannels n => ReferenceExecutor.Gather(n.Shape, (y, x, c) => n.Sources[c] < 0 ? 0 : At(y, x, n.Sources[c])),
            MeanOfChannels n =>
                ReferenceExecutor.Gather(n.Shape, (y, x, c) => Enumerable.Range(c * n.Size, n.Size).Average(i => At(y, x, i))),
            PixelShuffle2x n => ReferenceExecutor.Gather(n.Shape, (y, x, c) => At(y / 2, x / 2, 4 * c + 2 * (y % 2) + x % 2)),
            PixelUnshuffle2x n => ReferenceExecutor.Gather(n.Shape, (y, x, c) => At(2 * y + c % 4 / 2, 2 * x + c % 2, c / 4)),
            _ => null,
        };
    }

    private static double[] Join(Concat node, Func<Node, double[]> result)
        => ReferenceExecutor.Gather(node.Shape, (y, x, c) =>
        {
            int part = 0;
            for (; c >= node.Parts[part].Shape.Channels; part++) c -= node.Parts[part].Shape.Channels;
            return result(node.Parts[part])[(y * node.Shape.Width + x) * node.Parts[part].Shape.Channels + c];
        });

    private static double SiLU(double x) => x / (1 + Math.Exp(-x));
}
