using LatentSharp.Tensors;

namespace LatentSharp.Weights;

/// <summary>A tensor with values that are no finite numbers.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="NaN">How many of its values are NaN.</param>
/// <param name="Infinite">How many are infinite.</param>
/// <param name="Count">How many values it has.</param>
internal sealed record NonFiniteTensor(string Name, long NaN, long Infinite, long Count)
{
    /// <inheritdoc/>
    public override string ToString() => $"{TensorNames.Printable(Name)}: {NaN:N0} NaN and {Infinite:N0} infinite of {Count:N0} values";
}

/// <summary>Finds weights that are no finite numbers: one of them spoils everything that is computed with it.</summary>
internal static class NonFiniteWeights
{
    private const int Chunk = 1 << 16;

    /// <summary>Every tensor with such values, in the order of the source. All values are read.</summary>
    /// <param name="weights">Any weights.</param>
    /// <param name="progress">Told the fraction read, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="LatentSharpException">The file cannot be read.</exception>
    public static IReadOnlyList<NonFiniteTensor> Find(WeightSource weights, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(weights);
        TensorInfo[] tensors = [.. weights.Tensors.Values.Where(t => t.Type.IsFloat())];
        long total = Math.Max(1, tensors.Sum(t => t.Shape.ElementCount)), done = 0;
        var found = new List<NonFiniteTensor>();
        var values = new float[Chunk];
        foreach (TensorInfo tensor in tensors)
        {
            long nan = 0, infinite = 0;
            for (long first = 0; first < tensor.Shape.ElementCount; first += Chunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> part = values.AsSpan(0, (int)Math.Min(Chunk, tensor.Shape.ElementCount - first));
                weights.Read(tensor, first, part);
                foreach (float value in part)
                {
                    if (float.IsNaN(value)) nan++;
                    else if (float.IsInfinity(value)) infinite++;
                }
                done += part.Length;
                progress?.Report((double)done / total);
            }
            if (nan + infinite > 0) found.Add(new NonFiniteTensor(tensor.Name, nan, infinite, tensor.Shape.ElementCount));
        }
        return found;
    }
}
