using System.Globalization;
using LatentSharp.Bench.Compare;
using LatentSharp.OnnxRuntime;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    return args switch
    {
        [WorkerOptions.Command, ..] => Worker.Run(WorkerOptions.Parse(args)),
        ["kernels", ..] => Kernels(args[1..]),
        ["table"] => Repository.WriteTable(),
        ["--help" or "-h", ..] => Help(),
        _ => Compare(BenchOptions.Parse(args)),
    };
}
catch (Exception e) when (e is BenchException or LatentSharp.Errors.LatentSharpException)
{
    Console.Error.WriteLine(e.Message);
    return e is BenchException ? 2 : (int)((LatentSharp.Errors.LatentSharpException)e).Kind;
}

static int Help()
{
    Console.WriteLine(BenchOptions.Usage, string.Join(' ', BenchCase.All.Select(c => c.Name)));
    return 0;
}

static int Kernels(string[] options)
{
    BenchmarkDotNet.Running.BenchmarkRunner.Run<LatentSharp.Bench.Kernels.LayerBenchmarks>(args: options);
    return 0;
}

static int Compare(BenchOptions options)
{
    IReadOnlyList<CaseResult> results = Comparison.Run(options);
    if (options.JsonPath is { } path) File.WriteAllText(path, ResultFiles.Summary(results));
    if (!options.Keep) return 0;
    string date = DateTime.UtcNow.ToString("yyyy-MM-dd");
    string kept = ResultFiles.Keep(Repository.Benchmarks, new MachineResults(Machine.Current, options.Threads, "ONNX Runtime " + OnnxPlan.RuntimeVersion, date, results));
    Console.WriteLine($"kept in {kept}");
    return Repository.WriteTable();
}
