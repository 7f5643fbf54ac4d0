using System.Buffers;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Autoencoders.Catalogue;

/// <summary>
/// What a set of weights contains, whatever file it is in: independent of container, layout, prefix, tensor order and metadata, and, within
/// a level, of the element type.
/// </summary>
/// <remarks>
/// <para>The recipe, version 1. Take the autoencoder's tensors under their canonical names (<see cref="CanonicalWeights"/>), those that
/// hold floating-point numbers. For each: read the values as float32 (quantised types dequantised), replace every NaN by the one with the
/// bits 0x7FC00000, round to the type of the level (nearest, ties to even; beyond the range infinite, or NaN for F8_E4M3), and take the
/// SHA-256 of the little-endian values in row-major order. Make a line of it: name, space, shape without trailing dimensions of 1 written
/// as <c>[a,b]</c>, space, lower-case hexadecimal SHA-256, line feed. The digest is the SHA-256 of the UTF-8 text <c>LatentSharp weights 1
/// LEVEL</c>, line feed, and the lines in ordinal order of the names.</para>
/// <para>Why there are levels: no rounding can make one digest fit both an F16 and a BF16 copy of the same float32 file, because rounding
/// twice is not rounding once (a value just above the middle between two bfloat16 numbers may become exactly that middle in F16). So a
/// published float32 file has one digest per level, and a copy stored in type T has the digest of level T in common with it. To find out
/// what a file is, compare at the level of its own storage (<see cref="DigestLevels.For"/>).</para>
/// </remarks>
/// <param name="Level">What the values were rounded to.</param>
/// <param name="Whole">All tensors: 64 hexadecimal digits.</param>
/// <param name="Encoder">The tensors of the encoder alone (<c>encoder.*</c>, <c>quant_conv.*</c>, <c>bn.*</c>); null when there are
/// none.</param>
/// <param name="Decoder">The tensors of the decoder alone (<c>decoder.*</c>, <c>post_quant_conv.*</c>, <c>bn.*</c>); null when there are
/// none.</param>
public sealed record ContentDigest(DigestLevel Level, string Whole, string? Encoder, string? Decoder)
{
    private const int Chunk = 1 << 16;

    /// <summary>The digest of a part; null when there is none of it.</summary>
    public string? Of(AutoencoderPart part)
        => part switch { AutoencoderPart.Encoder => Encoder, AutoencoderPart.Decoder => Decoder, _ => Whole };

    /// <summary>The level and the digest of the whole, as in <c>bf16:0123...</c>.</summary>
    public override string ToString() => $"{Level.Name()}:{Whole}";

    /// <summary>The digest at one level.</summary>
    /// <inheritdoc cref="Compute(WeightSource, IReadOnlyList{DigestLevel}, IProgress{double}?, CancellationToken)"/>
    public static ContentDigest Compute(WeightSource weights, DigestLevel level = DigestLevel.BF16, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
        => Compute(weights, [level], progress, cancellationToken)[0];

    /// <summary>Digests at several levels from one reading of the values. Tensors are read in parallel, a small part at a time.</summary>
    /// <param name="weights">Any source; it is brought under canonical names first.</param>
    /// <param name="levels">The levels, in the order in which the digests are returned.</param>
    /// <param name="progress">Told the fraction of the values read, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the computation.</param>
    public static IReadOnlyList<ContentDigest> Compute(WeightSource weights, IReadOnlyList<DigestLevel> levels,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(levels);
        CanonicalWeights canonical = CanonicalWeights.From(weights);
        TensorInfo[] tensors = [.. canonical.Tensors.Values.Where(t => t.Type.IsFloat()).OrderBy(t => t.Name, StringComparer.Ordinal)];
        var lines = new string[levels.Count, tensors.Length];
        long total = Math.Max(1, tensors.Sum(t => t.Shape.ElementCount)), done = 0;
        // Largest first, so that no long tensor is left over at the end.
        int[] order = [.. Enumerable.Range(0, tensors.Length).OrderByDescending(i => tensors[i].Shape.ElementCount)];
        Parallel.ForEach(order,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            TensorInfo tensor = tensors[i];
            string[] hashes = Hash(canonical, tensor, levels, progress is null ? null : Report, cancellationToken);
            for (int level = 0; level < hashes.Length; level++)
                lines[level, i] = $"{tensor.Name} {TrimmedShape(tensor.Shape)} {hashes[level]}\n";
        });
        return [.. levels.Select((level, l) => new ContentDigest(level,
            Join(level, tensors.Select((_, i) => lines[l, i])), JoinPart(AutoencoderPart.Encoder, level, l),
            JoinPart(AutoencoderPart.Decoder, level, l)))];

        void Report(int count)
        {
            // Under the lock, so that nobody sees a fraction go back.
            lock (order)
            {
                done += count;
                progress!.Report((double)done / total);
            }
        }

        string? JoinPart(AutoencoderPart half, DigestLevel level, int l)
            => half.IsIn(canonical.Tensors.Keys)
            ? Join(level, tensors.Select((t, i) => (t.Name, Line: lines[l, i])).Where(t => half.Holds(t.Name)).Select(t => t.Line)) : null;
    }

    private static string[] Hash(CanonicalWeights source, TensorInfo tensor, IReadOnlyList<DigestLevel> levels, Action<int>? progress,
        CancellationToken cancellationToken)
    {
        Sha256[] hashes = [.. levels.Select(_ => new Sha256())];
        float[] values = ArrayPool<float>.Shared.Rent(Chunk);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(4 * Chunk);
        try
        {
            for (long first = 0; first < tensor.Shape.ElementCount; first += Chunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> part = values.AsSpan(0, (int)Math.Min(Chunk, tensor.Shape.ElementCount - first));
                source.Read(tensor, first, part);
                foreach (ref float value in part)
                    if (float.IsNaN(value)) value = BitConverter.UInt32BitsToSingle(0x7FC0_0000);
                for (int level = 0; level < hashes.Length; level++)
                {
                    ElementType type = levels[level].Type();
                    Narrowing.FromSingle(type, part, bytes);
                    hashes[level].Append(bytes.AsSpan(0, part.Length * type.BlockBytes()));
                }
                progress?.Invoke(part.Length);
            }
            return [.. hashes.Select(hash => hash.Finish())];
        }
        finally
        {
            ArrayPool<float>.Shared.Return(values);
            ArrayPool<byte>.Shared.Return(bytes);
            foreach (Sha256 hash in hashes) hash.Dispose();
        }
    }

    private static string Join(DigestLevel level, IEnumerable<string> lines)
        => Sha256.OfText($"LatentSharp weights 1 {level.Name()}\n{string.Concat(lines)}");

    private static string TrimmedShape(Shape shape)
    {
        int rank = shape.Rank;
        while (rank > 0 && shape[rank - 1] == 1) rank--;
        return $"[{string.Join(',', shape.Dimensions.Take(rank))}]";
    }
}
