using System.Runtime.InteropServices;
using LatentSharp.Bench.Weights;
using LatentSharp.Graph;
using LatentSharp.OnnxRuntime;
using LatentSharp.Weights.Files;

namespace LatentSharp.Bench.Compare;

/// <summary>Measures both sides of the cases in turns and prints what it finds.</summary>
internal static class Comparison
{
    /// <summary>Measures one case after the other.</summary>
    public static IEnumerable<CaseResult> Run(BenchOptions options)
    {
        Console.WriteLine($"{Machine.Current}; {options.Threads} threads");
        Console.WriteLine(
            $"peer: ONNX Runtime {OnnxDevice.RuntimeVersion ?? "(does not load on this system)"}, CPU provider, all graph optimisations, the same weights");
        if (Machine.Load is > 0.5 and double load) Console.WriteLine($"note: the load of this machine is {load:0.0}; what else runs takes part in the figures");
        if (options.Cases.Any(c => c.Training is not null))
            Console.WriteLine($"peer of trainings: {TorchPeer.Name ?? "PyTorch, of which there is none (Debian: apt install python3-torch)"}");
        Console.WriteLine();
        foreach (BenchCase bench in options.Cases)
        {
            if (!options.WithOurs && !bench.HasPeer) continue;
            Console.WriteLine($"{bench.Title} ({bench.Name})");
            CaseResult result = Measure(bench, options);
            Print(result);
            yield return result;
        }
    }

    private static CaseResult Measure(BenchCase bench, BenchOptions options)
    {
        string weights = BenchFiles.Ensure(bench.Model);
        long multiplyAdds, weightBytes;
        using (WeightFile file = SafetensorsFile.Open(weights))
        {
            NetworkGraph graph = bench.Build(file);
            (multiplyAdds, weightBytes) = (bench.MultiplyAddsOf(graph), graph.Weights.Sum(w => w.Info.ByteLength));
        }

        WorkerOptions Side(Side side)
            => new(side, bench.Name, weights, side == Compare.Side.Ours ? options.Compute
                : new ComputeOptions { Threads = options.Threads });
        using WorkerProcess? ours = options.WithOurs ? new WorkerProcess(Side(Compare.Side.Ours)) : null;
        using WorkerProcess? peer = !options.WithPeer || !bench.HasPeer ? null
            : bench.Training is { } training
                ? TorchPeer.Name is null ? null : new WorkerProcess(TorchPeer.Start(Side(Compare.Side.Torch), training))
            : OnnxDevice.RuntimeVersion is null ? null : new WorkerProcess(Side(Compare.Side.Onnx));

        double oursFirst = ours?.Run() ?? 0, peerFirst = peer?.Run() ?? 0;
        var oursRuns = new List<double>();
        var peerRuns = new List<double>();
        var peaks = new List<double>();
        for (int i = 0; i < options.Repetitions; i++)
        {
            if (bench.Limit != Limit.Mixed) peaks.Add(MachinePeak.Measure(bench.Limit, options.Threads));
            if (ours is not null) oursRuns.Add(ours.Run());
            if (peer is not null) peerRuns.Add(peer.Run());
        }
        (double? error, double range) = Difference(ours, peer);
        return new CaseResult(bench.Name, multiplyAdds,
            ours is null ? null : new SideResult(ours.PreparationSeconds, oursFirst, [.. oursRuns], ours.PeakBytes()),
            peer is null ? null : new SideResult(peer.PreparationSeconds, peerFirst, [.. peerRuns], peer.PeakBytes()), error, range,
            peaks.Count == 0 ? null : new MachinePeak(bench.Limit, peaks.Order().ElementAt(peaks.Count / 2)), weightBytes,
            peer is not null && bench.Training is not null ? TorchPeer.Name : null);
    }

    private static (double? Error, double Range) Difference(WorkerProcess? ours, WorkerProcess? peer)
    {
        float[]? a = Result(ours), b = Result(peer);
        float[] any = a ?? b ?? throw new BenchException("neither side is measured");
        double? error = null;
        if (a is not null && b is not null)
        {
            error = 0;
            for (int i = 0; i < a.Length; i++) error = Math.Max(error.Value, Math.Abs((double)a[i] - b[i])); // NaN on either side stays NaN
        }
        return (error, any.Max() - any.Min());
    }

    private static float[]? Result(WorkerProcess? worker)
    {
        if (worker is null) return null;
        string path = Path.GetTempFileName();
        try
        {
            worker.Save(path);
            return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Print(CaseResult result)
    {
        Console.WriteLine($"  {result.MultiplyAdds / 1e9:0.0} G multiply-adds in direct terms");
        if (result.Peak is { } peak) Console.WriteLine($"  the machine in the same run: {peak}");
        if (result.Ours is { } ours) PrintSide("LatentSharp", ours, result);
        if (result.Peer is { } peer) PrintSide(result.Beside ?? "ONNX Runtime", peer, result);
        if (result.Ratio is { } ratio)
            Console.WriteLine($"  {ratio:0.00}x faster; largest difference {result.MaxError:0.0e-0} where values span {result.Range:0.00}");
        Console.WriteLine();
    }

    private static void PrintSide(string name, SideResult side, CaseResult result)
        => Console.WriteLine(
            $"  {name,-12} {side.Median,8:0.0000} s  ({string.Join(' ', side.Runs.Select(r => r.ToString("0.0000")))}; first "
                + $"{side.First:0.000}, preparation {side.Prepare:0.000})"
            + $"  {result.GigaflopsPerSecond(side),6:0} GFLOP/s  peak {side.PeakBytes / 1e9:0.00} GB"
            + (result.Share(side) is { } share ? $"  {share:0 %} of the machine" : ""));
}
