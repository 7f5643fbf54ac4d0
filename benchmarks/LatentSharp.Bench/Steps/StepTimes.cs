using System.Diagnostics;
using LatentSharp.Bench.Compare;
using LatentSharp.Bench.Weights;
using LatentSharp.Compute;

namespace LatentSharp.Bench.Steps;

/// <summary>Where the time of a case goes: the steps of our plan, by operation and shape, each with the median of its time.</summary>
internal static class StepTimes
{
    public static void Print(BenchOptions options)
    {
        foreach (BenchCase bench in options.Cases)
        {
            var worker = new WorkerOptions(Side.Ours, bench.Name, BenchFiles.Ensure(bench.Model), options.Compute);
            using IMeasured measured = IMeasured.Of(worker);
            Plan plan = measured.Plan;
            Console.WriteLine(
                $"{bench.Title}, {options.Threads} threads, {plan.Kernels}, planned {plan.PeakBytes / 1e9:0.00} GB, of which "
                    + $"{plan.KeptBytes / 1e9:0.00} GB are weights that stay");
            PrintGroups(plan, Measure(plan, options.Repetitions));
            Console.WriteLine();
        }
    }

    private static double[] Measure(Plan plan, int repetitions)
    {
        Dictionary<string, ReadOnlyMemory<float>> inputs = BenchCase.Inputs(plan.Graph);
        Dictionary<string, Memory<float>> outputs = BenchCase.Outputs(plan.Graph);
        using PlanSession session = plan.Start();
        session.Run(inputs, outputs); // warms up
        var runs = new double[repetitions][];
        for (int i = 0; i < repetitions; i++)
        {
            var clock = new StepClock(plan.Steps);
            session.Run(inputs, outputs, clock);
            runs[i] = clock.Seconds;
        }
        return [.. Enumerable.Range(0, plan.Steps.Count).Select(step => runs.Select(r => r[step]).Order().ElementAt(repetitions / 2))];
    }

    private static void PrintGroups(Plan plan, double[] seconds)
    {
        double total = seconds.Sum();
        Console.WriteLine($"  {"step",-56} {"result",-14} {"times",5} {"seconds",8} {"share",6} {"GFLOP/s",8}");
        var groups = plan.Steps.Zip(seconds).GroupBy(s => (s.First.Operation, s.First.Shape, s.First.MultiplyAdds))
            .OrderByDescending(g => g.Sum(s => s.Second));
        foreach (var group in groups)
        {
            double sum = group.Sum(s => s.Second);
            string rate = group.Key.MultiplyAdds == 0 ? "" : $"{2 * group.Key.MultiplyAdds * group.Count() / sum / 1e9:0}";
            Console.WriteLine(
                $"  {group.Key.Operation,-56} {group.Key.Shape,-14} {group.Count(),5} {sum,8:0.000} {sum / total,6:0.0%} {rate,8}");
        }
        Console.WriteLine(
            $"  {"all steps",-56} {"",-14} {plan.Steps.Count,5} {total,8:0.000} {"",6} {2 * plan.MultiplyAdds / total / 1e9,8:0}");
    }

    /// <summary>Adds up the time between the reports of a run, of which a step gives one or several, under its own name.</summary>
    private sealed class StepClock(IReadOnlyList<PlanStep> steps) : IProgress<StepProgress>
    {
        private long last = Stopwatch.GetTimestamp();
        private int current;

        public double[] Seconds { get; } = new double[steps.Count];

        public void Report(StepProgress value)
        {
            long now = Stopwatch.GetTimestamp();
            while (steps[current].Name != value.Step) current++;
            Seconds[current] += Stopwatch.GetElapsedTime(last, now).TotalSeconds;
            last = now;
        }
    }
}
