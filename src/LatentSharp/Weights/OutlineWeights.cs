using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>Names and shapes without values: what a network takes can be planned before its file is there.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="type">How its values would be stored.</param>
internal sealed class OutlineWeights(string name, ElementType type) : WeightSource
{
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>Adds a tensor.</summary>
    public void Add(string tensor, params ReadOnlySpan<long> shape) => tensors.Add(tensor, new TensorInfo(tensor, type, new Shape(shape)));

    /// <summary>Adds the matrix of a linear layer, and its offset where it has one.</summary>
    public void Linear(string module, int outputs, int inputs, bool bias = true)
    {
        Add(module + ".weight", outputs, inputs);
        if (bias) Add(module + ".bias", outputs);
    }

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination) => throw NoValues();

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination) => throw NoValues();

    private InvalidOperationException NoValues() => new($"{name} is an outline: it has names and shapes, and no values");
}
