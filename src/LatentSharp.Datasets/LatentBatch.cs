namespace LatentSharp.Datasets;

/// <summary>Latents of one size, for a step of a training.</summary>
/// <param name="Latents">[N, C, h, w] in diffusion space.</param>
/// <param name="Names">The pictures, by their paths below the source.</param>
/// <param name="Captions">What is written about each; null for nothing.</param>
/// <param name="Bucket">Width and height in pixels of what was encoded.</param>
/// <param name="Next">The position of the batch after this one: where a training goes on that is stopped now.</param>
public sealed record LatentBatch(Latent Latents, IReadOnlyList<string> Names, IReadOnlyList<string?> Captions, (int Width,
    int Height) Bucket,
    LatentBatchPosition Next);

/// <summary>Where a training stands in a data set.</summary>
/// <param name="Epoch">How often it has gone through all of it, from 0: each time in another order.</param>
/// <param name="Batch">Which batch of that comes next, from 0.</param>
public readonly record struct LatentBatchPosition(int Epoch, int Batch);

/// <summary>How a data set is gone through.</summary>
public sealed record LatentBatchOptions
{
    /// <summary>Latents in a batch; the last of each size may have fewer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public int Size
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "a batch holds at least one latent");
    } = 1;

    /// <summary>Decides the order, together with the epoch; null for the order in which they lie, always the same.</summary>
    public ulong? Seed { get; init; } = 0;

    /// <summary>Whether batches that would be smaller than <see cref="Size"/> are left out.</summary>
    public bool DropLast { get; init; }

    /// <summary>Whether latents of mirrored pictures take part, as if they were pictures of their own.</summary>
    public bool Mirrored { get; init; } = true;

    /// <summary>
    /// Whether each latent is drawn anew from its posterior in each epoch, with noise that the seed, the epoch and the picture decide. The
    /// data set has to have the log-variance.
    /// </summary>
    public bool Draw { get; init; }

    /// <summary>Takes one of several parts of the batches, for several machines that train together; all parts are equally long.</summary>
    public (int Index, int Count) Part { get; init; } = (0, 1);
}
