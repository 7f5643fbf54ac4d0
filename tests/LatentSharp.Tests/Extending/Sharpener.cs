using LatentSharp.Graph;
using LatentSharp.Weights;
using LatentSharp.Weights.Views;

namespace LatentSharp.Tests.Extending;

/// <summary>What the shapes in a sharpener's file say.</summary>
/// <param name="Channels">Channels of the pictures.</param>
/// <param name="Width">Channels inside.</param>
/// <param name="Blocks">How many blocks there are.</param>
internal sealed record SharpenerShape(int Channels, int Width, int Blocks)
{
    /// <exception cref="LatentSharpException">It is no sharpener.</exception>
    public static SharpenerShape Of(WeightSource weights)
    {
        if (!weights.Tensors.TryGetValue("conv_in.weight", out TensorInfo? first) || first.Shape.Rank != 4)
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name, "conv_in.weight is missing: this is no sharpener.");
        int blocks = 0;
        while (weights.Tensors.ContainsKey($"blocks.{blocks}.conv.weight")) blocks++;
        return new SharpenerShape((int)first.Shape[1], (int)first.Shape[0], blocks);
    }
}

/// <summary>A network that sharpens pictures: picture [H, W, C] to picture [H, W, C].</summary>
internal static class Sharpener
{
    public static NetworkGraph Graph(WeightSource weights, int height, int width)
    {
        SharpenerShape shape = SharpenerShape.Of(weights);
        var w = new WeightScope(weights);
        Node picture = Build.Input("picture", height, width, shape.Channels);
        Node x = picture.Conv2d(w["conv_in"], shape.Width, 3);
        for (int i = 0; i < shape.Blocks; i++)
            x = x.Conv2d(w["blocks"][i]["conv"], shape.Width, 3).SiLU().Plus(x, $"blocks.{i}");
        return new NetworkGraph($"sharpener {height}x{width}", x.Conv2d(w["conv_out"], shape.Channels, 3).Plus(picture, "result"));
    }
}

/// <summary>The names under which other programs store a sharpener.</summary>
internal static class SharpenerNames
{
    /// <summary>The same weights under the network's own names; what is not the network's is left out.</summary>
    public static WeightSource FromFlat(WeightSource weights) => new RenamedWeights(weights, name => name.Split('.') switch
    {
        ["net", "0", var kind] => $"conv_in.{kind}",
        ["net", "last", var kind] => $"conv_out.{kind}",
        ["net", var number, var kind] when int.TryParse(number, out int i) => $"blocks.{i - 1}.conv.{kind}",
        _ => null,
    });
}
