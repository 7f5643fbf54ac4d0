using System.Numerics;
using LatentSharp.Weights;

namespace LatentSharp.Tuning;

/// <summary>The gradients of a step's examples, added up in their order.</summary>
/// <param name="tensors">What is trained.</param>
/// <param name="threads">Threads that share the tensors.</param>
internal sealed class GradientSums(IEnumerable<TensorInfo> tensors, int threads)
{
    private readonly Dictionary<string, float[]> sums = tensors.ToDictionary(t => t.Name, t => new float[t.Shape.ElementCount]);

    /// <summary>The sum of every tensor, by its name.</summary>
    public IReadOnlyDictionary<string, float[]> Values => sums;

    /// <summary>Begins again.</summary>
    public void Clear()
    {
        foreach (float[] sum in sums.Values) Array.Clear(sum);
    }

    /// <summary>Adds a share of the gradients of one example.</summary>
    public void Add(float share, IEnumerable<KeyValuePair<string, float[]>> gradients)
        => Parallel.ForEach(gradients, new ParallelOptions { MaxDegreeOfParallelism = threads },
            named => AddTo(sums[named.Key], share, named.Value));

    /// <summary>A tensor whose sum is no number; null where there is none.</summary>
    public string? FirstNotFinite() => sums.FirstOrDefault(s => Array.Exists(s.Value, v => !float.IsFinite(v))).Key;

    private static void AddTo(float[] sum, float share, float[] gradient)
    {
        int i = 0;
        for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sum, i) + share * new Vector<float>(gradient, i)).CopyTo(sum, i);
        for (; i < sum.Length; i++) sum[i] += share * gradient[i];
    }
}
