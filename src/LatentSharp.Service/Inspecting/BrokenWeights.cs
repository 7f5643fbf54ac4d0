using LatentSharp.Weights;

namespace LatentSharp.Service.Inspecting;

/// <summary>Says which weights are NaN or infinite: one such value spreads over the whole picture.</summary>
internal static class BrokenWeights
{
    private const int Named = 5;

    /// <summary>Each of the tensors in words; of many the first few.</summary>
    internal static IEnumerable<string> Said(IReadOnlyList<NonFiniteTensor> found)
    {
        foreach (NonFiniteTensor t in found.Take(Named))
            yield return FormattableString.Invariant(
                $"the tensor {t.Name} has {t.NaN + t.Infinite:N0} of {t.Count:N0} values that are NaN or infinite");
        if (found.Count > Named) yield return FormattableString.Invariant($"so do {found.Count - Named:N0} other tensors");
    }

    /// <summary>Refuses an autoencoder whose results would be no pictures.</summary>
    /// <exception cref="LatentSharpException">Some weights are not finite.</exception>
    internal static void Refuse(Autoencoder autoencoder, CancellationToken cancellationToken)
    {
        IReadOnlyList<NonFiniteTensor> found = NonFiniteWeights.Find(autoencoder.Weights, cancellationToken: cancellationToken);
        if (found.Count > 0)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name, string.Join("; ", Said(found)) + ".",
                "The file is damaged: fetch it again, or convert it again from its source.");
    }
}
