using System.Runtime.CompilerServices;

namespace LatentSharp;

/// <summary>
/// Encoding and decoding without a waiting thread of the caller's, and batches whose items are read while others are computed. The work is
/// done by the thread pool and the workers of the device; nothing here makes a single picture faster.
/// </summary>
public static class AutoencoderAsync
{
    /// <summary><see cref="IAutoencoder.Encode"/> on the thread pool.</summary>
    /// <inheritdoc cref="IAutoencoder.Encode"/>
    public static Task<Latent> EncodeAsync(this IAutoencoder autoencoder, ImageTensor image, EncodeOptions? options = null,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        ArgumentNullException.ThrowIfNull(image);
        return Task.Run(() => autoencoder.Encode(image, options, progress, cancellationToken), cancellationToken);
    }

    /// <summary><see cref="IAutoencoder.Decode"/> on the thread pool.</summary>
    /// <inheritdoc cref="IAutoencoder.Decode"/>
    public static Task<ImageTensor> DecodeAsync(this IAutoencoder autoencoder, Latent latent, DecodeOptions? options = null,
        IProgress<StepProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        ArgumentNullException.ThrowIfNull(latent);
        return Task.Run(() => autoencoder.Decode(latent, options, progress, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Encodes a series of items in their order. While one is encoded, the next is read: at most <paramref name="readAhead"/> pictures wait
    /// beside the one in work, however long the series is. An item that cannot be read or encoded comes as its
    /// <see cref="BatchItem{TSource, TResult}.Problem"/> and does not end the series.
    /// </summary>
    /// <typeparam name="T">What an item is: a path, a stream, a record of a database.</typeparam>
    /// <param name="autoencoder">The autoencoder.</param>
    /// <param name="items">The items; taken one by one as they are needed.</param>
    /// <param name="read">Makes the picture of an item. It runs on the thread pool, one call at a time, beside the encoding of the item
    /// before.</param>
    /// <param name="options">For all items; null for the mean.</param>
    /// <param name="readAhead">How many pictures may wait, 1 or more.</param>
    /// <param name="cancellationToken">Ends the series within a fraction of a second.</param>
    /// <returns>One outcome for each item, in order.</returns>
    /// <exception cref="OperationCanceledException">The series was cancelled.</exception>
    public static IAsyncEnumerable<BatchItem<T, Latent>> EncodeAsync<T>(this IAutoencoder autoencoder, IEnumerable<T> items,
        Func<T, CancellationToken, ValueTask<ImageTensor>> read,
        EncodeOptions? options = null, int readAhead = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        return Run(items, read, (image, token) => autoencoder.Encode(image, options, null, token), readAhead, cancellationToken);
    }

    /// <summary>Decodes a series of items in their order; otherwise as <see cref="EncodeAsync{T}"/>.</summary>
    /// <typeparam name="T">What an item is.</typeparam>
    /// <param name="autoencoder">The autoencoder.</param>
    /// <param name="items">The items; taken one by one as they are needed.</param>
    /// <param name="read">Makes the latent of an item.</param>
    /// <param name="options">For all items; null for the defaults.</param>
    /// <param name="readAhead">How many latents may wait, 1 or more.</param>
    /// <param name="cancellationToken">Ends the series within a fraction of a second.</param>
    /// <returns>One outcome for each item, in order.</returns>
    /// <exception cref="OperationCanceledException">The series was cancelled.</exception>
    public static IAsyncEnumerable<BatchItem<T, ImageTensor>> DecodeAsync<T>(this IAutoencoder autoencoder, IEnumerable<T> items,
        Func<T, CancellationToken, ValueTask<Latent>> read,
        DecodeOptions? options = null, int readAhead = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        return Run(items, read, (latent, token) => autoencoder.Decode(latent, options, null, token), readAhead, cancellationToken);
    }

    private static IAsyncEnumerable<BatchItem<TSource, TResult>> Run<TSource, TInput, TResult>(IEnumerable<TSource> items,
        Func<TSource, CancellationToken, ValueTask<TInput>> read,
        Func<TInput, CancellationToken, TResult> compute, int readAhead, CancellationToken cancellationToken)
        where TInput : class where TResult : class
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(readAhead);
        return Series(items, read, compute, readAhead, cancellationToken);
    }

    private static async IAsyncEnumerable<BatchItem<TSource, TResult>> Series<TSource, TInput, TResult>(IEnumerable<TSource> items,
        Func<TSource, CancellationToken, ValueTask<TInput>> read,
        Func<TInput, CancellationToken, TResult> compute, int readAhead, CancellationToken outer,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TInput : class where TResult : class
    {
        // Whoever leaves the loop early ends the reading too.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(outer, cancellationToken);
        CancellationToken token = ended.Token;
        using IEnumerator<TSource> source = items.GetEnumerator();
        var waiting = new Queue<(TSource Item, Task<TInput> Reading)>();
        Task last = Task.CompletedTask;
        bool more = true;
        try
        {
            for (int index = 0; ; index++)
            {
                Fill(readAhead);
                if (waiting.Count == 0) yield break;
                (TSource item, Task<TInput> reading) = waiting.Dequeue();
                BatchItem<TSource, TResult> outcome;
                try
                {
                    TInput input = await reading.ConfigureAwait(false);
                    Fill(readAhead);        // the next is read while this one is computed
                    outcome = new(index, item, await Task.Run(() => compute(input, token), token).ConfigureAwait(false), null);
                }
                catch (OperationCanceledException) when (token.IsCancellationRequested)
                {
                    throw;
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    outcome = new(index, item, null, e);
                }
                yield return outcome;
                token.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            try
            {
                await last.ConfigureAwait(false);       // nothing reads on behind the caller's back
            }
            catch (Exception)
            {
                // The item that it belongs to was not asked for.
            }
        }

        void Fill(int count)
        {
            while (more && waiting.Count < count)
            {
                token.ThrowIfCancellationRequested();
                if (!(more = source.MoveNext())) return;
                TSource item = source.Current;
                Task before = last;
                Task<TInput> reading = Task.Run(async () =>
                {
                    await before.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                        TaskScheduler.Default).ConfigureAwait(false);
                    token.ThrowIfCancellationRequested();
                    return await read(item, token).ConfigureAwait(false) ?? throw new ArgumentException("nothing was read: the result is null", nameof(read));
                }, CancellationToken.None);     // not cancelled before its turn: the end waits for the last, which waits for those before
                last = reading;
                waiting.Enqueue((item, reading));
            }
        }
    }
}

/// <summary>The outcome of one item of a series: a result or a problem.</summary>
/// <typeparam name="TSource">What the item is.</typeparam>
/// <typeparam name="TResult">What it becomes.</typeparam>
/// <param name="Index">Its place in the series, from 0.</param>
/// <param name="Source">The item.</param>
/// <param name="Result">What came of it; null when there is a problem.</param>
/// <param name="Problem">Why nothing came of it; null when there is a result.</param>
public sealed record BatchItem<TSource, TResult>(int Index, TSource Source, TResult? Result, Exception? Problem) where TResult : class
{
    /// <summary>The result, or the problem as an exception.</summary>
    /// <exception cref="LatentSharpException">The problem, with its item's place, where it was one of this library.</exception>
    public TResult Value
        => Result ?? throw new LatentSharpException((Problem as LatentSharpException)?.Kind ?? ErrorKind.BadInput, $"item {Index}",
            Problem!.Message, null, Problem);
}
