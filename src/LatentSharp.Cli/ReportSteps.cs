using LatentSharp.Quality.Reports;

namespace LatentSharp.Cli;

/// <summary>Shows the progress of a report as that of a network is shown.</summary>
internal sealed class ReportSteps(IProgress<StepProgress> steps) : IProgress<ReportProgress>
{
    internal static IProgress<ReportProgress>? Of(IProgress<StepProgress>? steps) => steps is null ? null : new ReportSteps(steps);

    public void Report(ReportProgress value) => steps.Report(new StepProgress(value.Fraction, value.Text));
}
