using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Service.Inspecting;

/// <summary>A tensor that holds values which are no number.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How many of its values are NaN or infinite.</param>
/// <param name="Of">How many values it has.</param>
internal sealed record NonFiniteTensor(string Name, long Count, long Of);

/// <summary>Finds NaN and infinity among weights: one such value spreads over the whole picture.</summary>
internal static class NonFiniteWeights
{
    private const int Chunk = 1 << 18, Named = 5;

    /// <summary>The tensors that hold any, in the order of their names.</summary>
    internal static IReadOnlyList<NonFiniteTensor> In(WeightSource weights, CancellationToken cancellationToken)
    {
        var found = new List<NonFiniteTensor>();
        var buffer = new float[Chunk];
        foreach (TensorInfo tensor in weights.Tensors.Values.Where(t => t.Type.IsFloat()).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            long count = 0, all = tensor.Shape.ElementCount;
            for (long first = 0; first < all; first += Chunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> part = buffer.AsSpan(0, (int)Math.Min(Chunk, all - first));
                weights.Read(tensor, first, part);
                foreach (float value in part)
                    if (!float.IsFinite(value)) count++;
            }
            if (count > 0) found.Add(new NonFiniteTensor(tensor.Name, count, all));
        }
        return found;
    }

    /// <summary>Each of them in words; of many the first few.</summary>
    internal static IEnumerable<string> Said(IReadOnlyList<NonFiniteTensor> found)
    {
        foreach (NonFiniteTensor t in found.Take(Named))
            yield return FormattableString.Invariant($"the tensor {t.Name} has {t.Count:N0} of {t.Of:N0} values that are NaN or infinite");
        if (found.Count > Named) yield return FormattableString.Invariant($"so do {found.Count - Named:N0} other tensors");
    }

    /// <summary>Refuses an autoencoder whose results would be no pictures.</summary>
    /// <exception cref="LatentSharpException">Some weights are not finite.</exception>
    internal static void Refuse(Autoencoder autoencoder, CancellationToken cancellationToken)
    {
        IReadOnlyList<NonFiniteTensor> found = In(autoencoder.Weights, cancellationToken);
        if (found.Count > 0)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name, string.Join("; ", Said(found)) + ".",
                "The file is damaged: fetch it again, or convert it again from its source.");
    }
}
