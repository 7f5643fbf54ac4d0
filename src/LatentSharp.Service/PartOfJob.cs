namespace LatentSharp.Service;

/// <summary>Passes the progress of a part of a job on as that of the whole.</summary>
/// <param name="whole">Told of the whole.</param>
/// <param name="from">The fraction of the whole at which the part begins.</param>
/// <param name="share">The part's share of the whole.</param>
/// <param name="item">What is worked on.</param>
/// <param name="number">Which of the items that is, from 1.</param>
/// <param name="count">How many items there are.</param>
internal sealed class PartOfJob(IProgress<JobProgress> whole, double from, double share, string item, int number, int count)
    : IProgress<StepProgress>, IProgress<double>
{
    /// <summary>The whole job as one part; null when nobody listens.</summary>
    internal static PartOfJob? Whole(IProgress<JobProgress>? progress, string item) => Of(progress, 0, 1, item);

    /// <summary>A part of a job; null when nobody listens.</summary>
    internal static PartOfJob? Of(IProgress<JobProgress>? progress, double from, double share, string item, int number = 0, int count = 0)
        => progress is null ? null : new PartOfJob(progress, from, share, item, number, count);

    void IProgress<StepProgress>.Report(StepProgress value) => Tell(value.Fraction, value.Step);

    void IProgress<double>.Report(double value) => Tell(value, "");

    private void Tell(double fraction, string step) => whole.Report(new JobProgress(from + share * fraction, step, item, number, count));
}
