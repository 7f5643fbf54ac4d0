using LatentSharp.Bench.Compare;
using LatentSharp.Bench.Weights;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Weights.Files;

namespace LatentSharp.Bench.Steps;

/// <summary>How long a case would take with more workers than this machine has cores: <see cref="SimulatedCrew"/>.</summary>
internal static class Schedule
{
    private static readonly int[] Workers = [1, 2, 4, 8, 16, 32, 64];

    // Steps that are named for the largest number of workers.
    private const int Named = 6;

    public static void Print(BenchOptions options)
    {
        foreach (BenchCase bench in options.Cases)
        {
            using WeightFile weights = SafetensorsFile.Open(BenchFiles.Ensure(bench.Model));
            NetworkGraph graph = bench.Build(weights);
            Run(graph, 1); // warms up
            Console.WriteLine($"{bench.Title}, units timed one after the other, memory and caches not shared\n");
            Console.WriteLine($"  {"workers",7} {"seconds",8} {"times",6} {"busy",5}");
            double one = 0;
            Result last = default;
            foreach (int workers in Workers)
            {
                last = Run(graph, workers);
                if (workers == 1) one = last.Seconds;
                Console.WriteLine($"  {workers,7} {last.Seconds,8:0.000} {one / last.Seconds,6:0.0} {last.Busy / last.Seconds / workers,5:0%}");
            }
            Console.WriteLine($"\n  where {Workers[^1]} workers wait most");
            foreach ((string step, double idle) in last.Idle.Take(Named)) Console.WriteLine($"  {idle / last.Seconds,5:0%}  {step}");
            Console.WriteLine();
        }
    }

    private static Result Run(NetworkGraph graph, int workers)
    {
        SimulatedCrew? crew = null;
        var device = new CpuDevice { Crews = count => crew = new SimulatedCrew(count) };
        Plan plan = device.Compile(graph, new ComputeOptions { Device = device, Threads = workers });
        using PlanSession session = plan.Start();
        var clock = new IdleClock(plan.Steps, crew!);
        crew!.Reset();
        session.Run(BenchCase.Inputs(plan.Graph), BenchCase.Outputs(plan.Graph), clock);
        crew.Settle();
        return new Result(crew.Elapsed, crew.Busy, clock.Idle());
    }

    private readonly record struct Result(double Seconds, double Busy, IReadOnlyList<(string Step, double Idle)> Idle);

    /// <summary>The part of each kind of step that workers wait, from the crew's clock at each report.</summary>
    private sealed class IdleClock(IReadOnlyList<PlanStep> steps, SimulatedCrew crew) : IProgress<StepProgress>
    {
        private readonly Dictionary<string, double> idle = [];
        private double elapsed, busy;
        private int current;

        public IReadOnlyList<(string Step, double Idle)> Idle()
            => [.. idle.OrderByDescending(entry => entry.Value).Select(entry => (entry.Key, entry.Value))];

        public void Report(StepProgress value)
        {
            while (steps[current].Name != value.Step) current++;
            string kind = $"{steps[current].Operation} {steps[current].Shape}";
            double waited = crew.Elapsed - elapsed - (crew.Busy - busy) / crew.Workers;
            idle[kind] = idle.GetValueOrDefault(kind) + waited;
            (elapsed, busy) = (crew.Elapsed, crew.Busy);
        }
    }
}
