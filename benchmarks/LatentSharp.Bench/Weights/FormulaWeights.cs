using System.Runtime.InteropServices;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Bench.Weights;

/// <summary>The tensors of a network with the values of <see cref="WeightFormula"/>, computed when they are read.</summary>
internal sealed class FormulaWeights : WeightSource
{
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> index = new(StringComparer.Ordinal);

    /// <summary>Weights for the tensors given by name and shape, in any order.</summary>
    public FormulaWeights(string name, IEnumerable<(string Name, Shape Shape)> list)
    {
        Name = name;
        foreach ((string tensor, Shape shape) in list.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            index[tensor] = tensors.Count;
            tensors[tensor] = new TensorInfo(tensor, ElementType.F32, shape);
        }
    }

    public override string Name { get; }

    /// <summary>Every tensor, in the order of their numbers.</summary>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public override void Read(TensorInfo tensor, long first, Span<float> destination)
        => WeightFormula.Fill(index[tensor.Name], tensor.Name, tensor.Shape, first, destination);

    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
    {
        if ((offset | (long)destination.Length) % sizeof(float) != 0)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "not whole elements");
        Read(tensor, offset / sizeof(float), MemoryMarshal.Cast<byte, float>(destination));
    }
}
