using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace LatentSharp.Datasets;

/// <summary>
/// Data sets of pictures as latents: a folder in the format that a trainer reads, with a manifest that notices every change. What
/// <c>latent dataset encode</c> does, for programs. Read them with <see cref="LatentDatasetReader"/>.
/// </summary>
public static class LatentDataset
{
    // Results that wait for whoever reads them; more would only fill memory.
    private const int Waiting = 256;

    /// <summary>
    /// Encodes pictures into the folder of a data set and gives each as it is finished. What is there already, by content and settings, is
    /// given as such and not computed; pictures that cannot be encoded are given with their error. Several are worked on at once: each is
    /// read, decoded, resized, encoded and written by one worker. Files are whole or absent, whatever happens; leaving the loop ends the
    /// work, and the next call goes on from there. When the last one was given, everything is written down.
    /// </summary>
    /// <param name="source">The pictures: a folder with all below it, <c>@names.txt</c> with one path a line, a tar, zip or Parquet
    /// file.</param>
    /// <param name="output">The folder of the data set. It may be the source itself, where trainers look.</param>
    /// <param name="autoencoder">What encodes; it stays open until the loop is left.</param>
    /// <param name="options">How the data set is made; null to go on as it is, or for the defaults of a new one.</param>
    /// <param name="cancellationToken">Ends it soon; pictures that are under way are dropped.</param>
    /// <returns>The pictures, in the order in which they are finished.</returns>
    /// <exception cref="LatentSharpException">The source is not there or empty, the options contradict each other, the data set that is there
    /// is made in another way (nothing is mixed), or nothing can be written any more.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was done is written down.</exception>
    public static async IAsyncEnumerable<DatasetItem> EncodeAsync(string source, string output, Autoencoder autoencoder,
        LatentDatasetOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentNullException.ThrowIfNull(autoencoder);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = Channel.CreateBounded<DatasetItem>(new BoundedChannelOptions(Waiting) { SingleReader = true });
        Task work = Task.Run(Encode, CancellationToken.None);
        try
        {
            await foreach (DatasetItem picture in channel.Reader.ReadAllAsync(CancellationToken.None)
                .ConfigureAwait(false)) yield return picture;
            await work.ConfigureAwait(false);
        }
        finally
        {
            // The loop may have been left: then the work ends, and its end is waited for, as it still uses the autoencoder.
            await ending.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void Encode()
        {
            try
            {
                using DatasetRun run = DatasetRun.Begin(source, output, autoencoder, autoencoder.Path ?? autoencoder.Name,
                    options ?? new LatentDatasetOptions(), ending.Token);
                run.Run(entry => channel.Writer.WriteAsync(DatasetItem.Of(entry), ending.Token).AsTask().GetAwaiter().GetResult(),
                    ending.Token);
            }
            finally
            {
                channel.Writer.Complete();
            }
        }
    }
}
