using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LatentSharp.Cli;

/// <summary>Shows how far a computation is on standard error: a bar with the time left on a terminal, a plain line now and then when piped.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan betweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Runs <paramref name="work"/> and shows its progress under the name <paramref name="what"/>.</summary>
    internal static T Run<T>(Output report, string what, Func<IProgress<StepProgress>?, T> work)
    {
        if (report.Quiet) return work(null);
        if (Console.IsErrorRedirected) return work(new Lines(what));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TimeLeftColumn())
            .Start(context => work(new Bar(context.AddTask(Markup.Escape(what)))));
    }

    /// <summary>What is left after <paramref name="elapsed"/> when work goes on as it did.</summary>
    private static TimeSpan Left(TimeSpan elapsed, double fraction) => elapsed * ((1 - fraction) / fraction);

    private sealed class Bar(ProgressTask task) : IProgress<StepProgress>
    {
        public void Report(StepProgress value)
        {
            TimeSpan now = task.ElapsedTime ?? TimeSpan.Zero;
            if (value.Fraction > 0) task.State.Update<TimeSpan>(nameof(TimeLeftColumn), _ => now + Left(now, value.Fraction));
            task.Value = value.Fraction * task.MaxValue;
        }
    }

    /// <summary>Counts down to the end that the last report promised. The library's own column measures the speed of the last reports, and steps are not equally long.</summary>
    private sealed class TimeLeftColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            TimeSpan end = task.State.Get<TimeSpan>(nameof(TimeLeftColumn)), left = end - (task.ElapsedTime ?? TimeSpan.Zero);
            if (end == TimeSpan.Zero) return new Text("--:--:--");
            return new Text((left < TimeSpan.Zero ? TimeSpan.Zero : left).ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture));
        }
    }

    private sealed class Lines(string what) : IProgress<StepProgress>
    {
        private readonly Stopwatch watch = Stopwatch.StartNew();
        private TimeSpan next = betweenLines;

        public void Report(StepProgress value)
        {
            TimeSpan now = watch.Elapsed;
            if (now < next || value.Fraction <= 0) return;
            next = now + betweenLines;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {value.Fraction:0 %}, {Math.Ceiling(Left(now, value.Fraction).TotalSeconds):0} s left"));
        }
    }
}
