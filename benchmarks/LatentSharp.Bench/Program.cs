using System.Globalization;
using LatentSharp;
using LatentSharp.Bench.Compare;
using LatentSharp.OnnxRuntime;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    return args switch
    {
        [WorkerOptions.Command, ..] => Worker.Run(WorkerOptions.Parse(args)),
        ["kernels", ..] => Kernels(args[1..]),
        ["steps", ..] => Steps(BenchOptions.Parse(args.AsSpan(1))),
        ["dataset", ..] => LatentSharp.Bench.Datasets.DatasetRates.Run(args.AsSpan(1)),
        ["schedule", ..] => Schedule(BenchOptions.Parse(args.AsSpan(1))),
        ["weights", var model, var file] => Weights(model, file),
        ["table"] => Repository.WriteTable(),
        ["--help" or "-h", ..] => Help(),
        _ => Compare(BenchOptions.Parse(args)),
    };
}
catch (BenchException e)
{
    Console.Error.WriteLine(e.Message);
    return e.IsUsage ? 2 : 3;
}
catch (LatentSharpException e)
{
    Console.Error.WriteLine(e.Message);
    return (int)e.Kind;
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

static int Steps(BenchOptions options)
{
    Console.WriteLine(Machine.Current);
    LatentSharp.Bench.Steps.StepTimes.Print(options);
    return 0;
}

static int Schedule(BenchOptions options)
{
    Console.WriteLine(Machine.Current);
    LatentSharp.Bench.Steps.Schedule.Print(options);
    return 0;
}

static int Weights(string model, string file)
{
    LatentSharp.Bench.Weights.FullSize.Write(model, file);
    return 0;
}

static int Compare(BenchOptions options)
{
    var results = new List<CaseResult>();
    foreach (CaseResult result in Comparison.Run(options))
    {
        results.Add(result);
        if (options.JsonPath is { } path) File.WriteAllText(path, ResultFiles.Summary(results)); // after each case: a later one may fail
    }
    if (!options.Keep) return 0;
    string date = DateTime.UtcNow.ToString("yyyy-MM-dd");
    string kept = ResultFiles.Keep(Repository.Benchmarks,
        new MachineResults(Machine.Current, options.Threads, "ONNX Runtime " + OnnxDevice.RuntimeVersion, date, results));
    Console.WriteLine($"kept in {kept}");
    return Repository.WriteTable();
}
