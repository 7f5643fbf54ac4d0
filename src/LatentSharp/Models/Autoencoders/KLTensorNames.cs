using LatentSharp.Weights;

namespace LatentSharp.Models.Autoencoders;

/// <summary>
/// The tensors that an <see cref="AutoencoderKL"/> needs, from the highest numbers among the names it has. A file that lost some is refused
/// with all of them listed, not one after the other.
/// </summary>
internal static class KLTensorNames
{
    /// <exception cref="LatentSharpException">Tensors are missing; the message lists them in groups.</exception>
    public static void Require(WeightSource weights)
    {
        IReadOnlyList<string> missing = TensorNames.Missing(weights, Expected(weights));
        if (missing.Count > 0)
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                $"tensors of the autoencoder are missing: {string.Join("; ", missing)}.", Remedy.OtherArchitecture(weights.Name));
    }

    private static IEnumerable<string> Expected(WeightSource weights)
        => Half(weights, "encoder", "down", "downsample").Concat(Half(weights, "decoder", "up", "upsample"));

    private static IEnumerable<string> Half(WeightSource weights, string half, string levels, string sampler)
    {
        int levelCount = Count(weights, $"{half}.{levels}.");
        if (levelCount == 0 && !weights.Tensors.Keys.Any(n => n.StartsWith(half + ".", StringComparison.Ordinal))) yield break;
        foreach (string name in Pair($"{half}.conv_in", $"{half}.norm_out", $"{half}.conv_out")) yield return name;
        if (weights.Tensors.Keys.Any(n => n.Contains(".mid.attn_1.", StringComparison.Ordinal)))
            foreach (string name in Pair($"{half}.mid.attn_1.norm", $"{half}.mid.attn_1.q", $"{half}.mid.attn_1.k", $"{half}.mid.attn_1.v",
                $"{half}.mid.attn_1.proj_out")) yield return name;
        foreach (string name in Block($"{half}.mid.block_1").Concat(Block($"{half}.mid.block_2"))) yield return name;
        // The coarsest level of the encoder and the finest of the decoder do not resample.
        int last = half == "encoder" ? levelCount - 1 : 0;
        for (int level = 0; level < levelCount; level++)
        {
            int blocks = Math.Max(1, Enumerable.Range(0, levelCount).Max(l => Count(weights, $"{half}.{levels}.{l}.block.")));
            for (int block = 0; block < blocks; block++)
                foreach (string name in Block($"{half}.{levels}.{level}.block.{block}")) yield return name;
            if (level != last)
                foreach (string name in Pair($"{half}.{levels}.{level}.{sampler}.conv")) yield return name;
        }
    }

    private static IEnumerable<string> Block(string place) => Pair($"{place}.norm1", $"{place}.conv1", $"{place}.norm2", $"{place}.conv2");

    private static IEnumerable<string> Pair(params string[] places) => places.SelectMany(p => new[] { p + ".weight", p + ".bias" });

    private static int Count(WeightSource weights, string head)
    {
        const int most = 64;
        int count = 0;
        foreach (string name in weights.Tensors.Keys)
        {
            if (!name.StartsWith(head, StringComparison.Ordinal)) continue;
            int end = name.IndexOf('.', head.Length);
            if (end > 0 && int.TryParse(name.AsSpan(head.Length, end - head.Length), out int index) && index < most)
                count = Math.Max(count, index + 1);
        }
        return count;
    }
}
