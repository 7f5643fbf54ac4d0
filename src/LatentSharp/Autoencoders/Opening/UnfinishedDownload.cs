using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Autoencoders.Opening;

/// <summary>
/// Programs that fetch a file in pieces make it as long as it will be first; what was never fetched stays zero. Convolutions and
/// projections that are zero throughout do not occur in autoencoders, so a file with several of them is refused instead of decoded to a
/// flat picture.
/// </summary>
internal static class UnfinishedDownload
{
    private const int Sample = 64;
    private const int Most = 2;      // one alone may be meant

    /// <exception cref="LatentSharpException">Several weights are zero throughout.</exception>
    public static void Refuse(CanonicalWeights weights, string path)
    {
        if (weights.Kind == AutoencoderKind.Unknown) return;
        TensorInfo[] large = [.. weights.Tensors.Values.Where(t => t.Type.IsFloat() && t.Shape.Rank >= 2 && t.Shape.ElementCount >= 256)];
        TensorInfo[] zero = [.. large.Where(t => IsZero(weights, t))];
        if (zero.Length < Most) return;
        throw new LatentSharpException(ErrorKind.BadInput, path,
            $"{zero.Length} of its {large.Length} weights are zero throughout, {zero[0].Name} among them: the download of this file was not finished.",
            "Fetch it again, and compare its digest with the published one.");
    }

    // A few values from three places tell nearly all weights; only what is zero there is read whole.
    private static bool IsZero(CanonicalWeights weights, TensorInfo tensor)
    {
        int block = tensor.Type.BlockLength(), step = Math.Max(Sample, block);
        var values = new float[step];
        long count = tensor.Shape.ElementCount;
        foreach (long place in (ReadOnlySpan<long>)[0, count / 2, count - step])
            if (!IsZero(place / block * block, step)) return false;
        values = new float[1 << 14];
        for (long first = 0; first < count; first += values.Length)
            if (!IsZero(first, (int)Math.Min(values.Length, count - first))) return false;
        return true;

        bool IsZero(long first, int length)
        {
            Span<float> part = values.AsSpan(0, (int)Math.Min(length, count - first));
            weights.Read(tensor, first, part);
            return !part.ContainsAnyExcept(0f);
        }
    }
}
