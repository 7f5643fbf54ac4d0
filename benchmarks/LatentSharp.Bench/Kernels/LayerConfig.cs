using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace LatentSharp.Bench.Kernels;

/// <summary>Few, long iterations, since a layer takes milliseconds, and the rate in the terms of a direct convolution.</summary>
internal sealed class LayerConfig : ManualConfig
{
    public LayerConfig()
    {
        // In this process: it is the Release build already, and a build per layer would take longer than the layer.
        AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(7).WithInvocationCount(1)
            .WithUnrollFactor(1));
        AddColumn(new RateColumn());
        WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(32));
        WithOptions(ConfigOptions.DisableOptimizationsValidator);
    }

    private sealed class RateColumn : IColumn
    {
        public string Id => nameof(RateColumn);
        public string ColumnName => "GFLOP/s";
        public bool AlwaysShow => true;
        public ColumnCategory Category => ColumnCategory.Custom;
        public int PriorityInCategory => 0;
        public bool IsNumeric => true;
        public UnitType UnitType => UnitType.Dimensionless;
        public string Legend => "Two operations per multiply-add of a direct evaluation, 10^9 per second, by the median";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            double nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Median ?? double.NaN;
            string layer = (string)benchmarkCase.Parameters[nameof(LayerBenchmarks.Layer)];
            return (2 * LayerBenchmarks.MultiplyAdds(layer) / nanoseconds).ToString("0", CultureInfo.InvariantCulture);
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
        public bool IsAvailable(Summary summary) => true;
        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
    }
}
