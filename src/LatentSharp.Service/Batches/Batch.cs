using LatentSharp.Service.Files;

namespace LatentSharp.Service.Batches;

/// <summary>Does the same with many files, one after the other: what cannot be done is listed, the rest is done.</summary>
/// <typeparam name="T">The result for one file.</typeparam>
internal sealed class Batch<T> where T : BatchItem
{
    private readonly InputFiles inputs;
    private int done, skipped;

    internal Batch(InputFiles inputs) => this.inputs = inputs;

    /// <summary>The results, in order; empty when they were not to be kept.</summary>
    internal List<T> Results { get; } = [];

    /// <summary>What failed, in order.</summary>
    internal List<FailedItem> Failed { get; } = [];

    /// <summary>How it went.</summary>
    internal BatchOutcome Outcome => new(inputs.All.Count, done, skipped, Failed.Count, Cancelled);

    private bool Cancelled { get; set; }

    /// <summary>Does the work. The error of a file that was named alone is thrown, as is a cancellation before anything was done.</summary>
    /// <param name="work">Does one file: told its place in the list and where to report to.</param>
    /// <param name="keep">Whether the results are kept; a long batch tells <paramref name="items"/> instead.</param>
    /// <param name="items">Told every file as it is finished.</param>
    /// <param name="progress">Told how far the whole is.</param>
    /// <param name="cancellationToken">Ends the batch; what is written stays.</param>
    internal void Run(Func<int, IProgress<StepProgress>?, T> work, bool keep, IProgress<BatchItem>? items, IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        for (int i = 0; i < inputs.All.Count; i++)
        {
            InputFile input = inputs.All[i];
            // Files whose results are there already take no time to speak of, so they count for nothing in the time that is left.
            int finished = i - skipped, all = inputs.All.Count - skipped;
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                T item = input.Named(
                    () => work(i, PartOfJob.Of(progress, (double)finished / all, 1.0 / all, Path.GetFileName(input.Name), i + 1,
                        inputs.All.Count)));
                if (item.Status == ItemStatus.Skipped) skipped++;
                else done++;
                if (keep) Results.Add(item);
                items?.Report(item);
            }
            catch (OperationCanceledException) when (!inputs.IsSingle && done > 0)
            {
                Cancelled = true;
                return;
            }
            catch (Exception e) when (!inputs.IsSingle && Problem.Of(e) is not null)
            {
                var failed = new FailedItem(input.Name, Problem.Of(e)!);
                Failed.Add(failed);
                items?.Report(failed);
                if (Problem.IsDiskFull(e)) return;
            }
        }
    }
}
