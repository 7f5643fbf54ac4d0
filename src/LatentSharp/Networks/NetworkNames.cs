using LatentSharp.Models;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Networks;

/// <summary>The names and shapes in which networks are looked for.</summary>
/// <param name="names">Every tensor's name.</param>
/// <param name="shapeOf">The shape of a tensor; null where only names are known.</param>
internal sealed class NetworkNames(IReadOnlyCollection<string> names, Func<string, Shape?> shapeOf)
{
    /// <summary>Those of weights.</summary>
    public NetworkNames(WeightSource weights) : this([.. weights.Tensors.Keys],
        name => weights.Tensors.TryGetValue(name, out TensorInfo? tensor) ? tensor.Shape : null)
    {
    }

    /// <summary>Every name.</summary>
    public IReadOnlyCollection<string> All => names;

    /// <summary>The first name that has a part, or null.</summary>
    public string? First(string part) => names.FirstOrDefault(n => n.Contains(part, StringComparison.Ordinal));

    /// <summary>Every prefix before a name: of a checkpoint with two encoders, two.</summary>
    public IEnumerable<string> PrefixesOf(string name) => names.Where(n => CheckpointPart.IsAt(n, name)).Select(n => n[..^name.Length]);

    /// <summary>A dimension of a tensor; null where there is no such tensor, or its shape is not known.</summary>
    public long? Dimension(string tensor, int index) => shapeOf(tensor) is { } shape && index < shape.Rank ? shape[index] : null;

    /// <summary>A dimension of the first tensor whose name ends so.</summary>
    public long? DimensionAt(string end, int index)
        => names.FirstOrDefault(n => CheckpointPart.IsAt(n, end)) is { } name ? Dimension(name, index) : null;
}
