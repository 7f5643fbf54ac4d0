using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Graph.Gradients;

/// <summary>Fixed numbers in the form in which nodes read tensors.</summary>
internal static class Constants
{
    private const string Source = "constant";

    /// <summary>Whether a tensor is a constant; those are never trained.</summary>
    public static bool Holds(WeightRef weight) => weight.Source is MemoryWeights { Name: Source };

    /// <summary>A tensor.</summary>
    public static WeightRef Tensor(string name, float[] values, params ReadOnlySpan<long> shape)
    {
        var source = new MemoryWeights(Source);
        source.Add(name, values, shape);
        return new WeightRef(source, source.Tensors[name], new Shape(shape));
    }

    /// <summary>One value for each channel, all the same.</summary>
    public static WeightRef Same(string name, float value, int channels)
    {
        var values = new float[channels];
        Array.Fill(values, value);
        return Tensor(name, values, channels);
    }

    /// <summary>A row.</summary>
    public static Node Row(string name, params float[] values) => new Parameter(name, Tensor(name, values, 1, values.Length));

    /// <summary>A tensor with one value for each channel as a row.</summary>
    public static Node Row(WeightRef weight)
        => new Parameter(weight.Name, weight with { Shape = new Shape(1, weight.ElementCount) });
}
