using System.Diagnostics;
using System.Globalization;
using LatentSharp.Cpu;
using Spectre.Console;

namespace LatentSharp.Cli;

/// <summary>Shows how far a computation is on standard error: a bar with the time left on a terminal, a plain line now and then when piped.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan betweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Runs <paramref name="work"/> and shows its progress under the name <paramref name="what"/>.</summary>
    internal static T Run<T>(Report report, string what, Func<IProgress<StepProgress>?, T> work)
    {
        if (report.Quiet) return work(null);
        if (Console.IsErrorRedirected) return work(new Lines(what));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask(Markup.Escape(what)))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => task.Value = value.Fraction * task.MaxValue;
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
            TimeSpan left = now * ((1 - value.Fraction) / value.Fraction);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {value.Fraction:0 %}, {Math.Ceiling(left.TotalSeconds):0} s left"));
        }
    }
}
