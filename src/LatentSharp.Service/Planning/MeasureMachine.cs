using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Weights;
using Microsoft.Win32.SafeHandles;

namespace LatentSharp.Service.Planning;

/// <summary>Measures in two seconds what this machine does with the kernels that a transformer spends its time in.</summary>
internal static class MeasureMachine
{
    private const int Tokens = 1024, Width = 3072, Wide = 12288, Heads = 24;
    private const double SecondsEach = 0.5;

    // Of the file, at a time; a prime, so that ranges come in an order of their own.
    private const int Piece = 4 << 20, Stride = 7919;

    /// <summary>Measures.</summary>
    /// <param name="compute">On how many threads.</param>
    /// <param name="model">The model, if it is here: how fast its file is read is measured too.</param>
    /// <param name="cancellationToken">Ends it within a tenth of a second or so.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MachineRates Run(ComputeOptions compute, WeightSource? model, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        // Half of the wide matrix is the square one, and more.
        var weights = new MemoryWeights("matrices");
        float[] values = Values(Wide * Width);
        weights.Add("wide.weight", values, Wide, Width);
        weights.Add("square.weight", values[..(Width * Width)], Width, Width);
        var w = new WeightScope(weights);
        Node q = Build.Sequence("q", Tokens, Width), k = Build.Sequence("k", Tokens, Width), v = Build.Sequence("v", Tokens, Width);
        double products = Products(Precision.Float32);
        double bytes = compute.Precision == Precision.Float32 ? products : Products(compute.Precision);
        double attention = Best(Build.Attention(q, k, v, "attention", new AttentionForm(Heads)));
        double rows = Best(Build.Sequence("x", 1, Width).Linear(w["wide"], Wide, bias: false));
        return new MachineRates((double)Tokens * Width * Width / products, (double)Tokens * Width * Width / bytes,
            2.0 * Tokens * Tokens * Width / attention,
            (double)Wide * Width * sizeof(float) / rows, model is null ? null : Reading(model, cancellationToken),
            Stopwatch.GetElapsedTime(start).TotalSeconds);

        double Products(Precision precision)
            => Best(Build.Sequence("x", Tokens, Width).Linear(w["square"], Width, bias: false, int8: true), precision);

        double Best(Node output, Precision precision = Precision.Float32)
        {
            var graph = new NetworkGraph("measurement", new Output("out", output, Layout.ChannelsLast));
            using PlanSession session = DefaultDevice.Compile(graph,
                compute with { MemoryBudget = null, KeepWeights = false, Precision = precision }).Start();
            Dictionary<string, ReadOnlyMemory<float>> inputs = graph.Inputs
                .ToDictionary(i => i.Name, i => (ReadOnlyMemory<float>)values.AsMemory(0, (int)i.Shape.Count));
            var outputs = new Dictionary<string, Memory<float>> { ["out"] = new float[output.Shape.Count] };
            double best = double.PositiveInfinity;
            session.Run(inputs, outputs, null, cancellationToken);      // the first compiles and touches memory
            for (long begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin).TotalSeconds < SecondsEach;)
            {
                long run = Stopwatch.GetTimestamp();
                session.Run(inputs, outputs, null, cancellationToken);
                best = Math.Min(best, Stopwatch.GetElapsedTime(run).TotalSeconds);
            }
            return best;
        }
    }

    // Pieces from all over the file, so that what the system has of it in memory counts by its share.
    private static double? Reading(WeightSource model, CancellationToken cancellationToken)
    {
        StoredRange[] ranges = [.. model.Tensors.Values.Select(model.Locate).OfType<StoredRange>().Where(r => r.Length >= Piece)];
        if (ranges.Length == 0) return null;
        var buffer = new byte[Piece];
        long read = 0, begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < ranges.Length && Stopwatch.GetElapsedTime(begin).TotalSeconds < SecondsEach; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            StoredRange range = ranges[(int)((long)i * Stride % ranges.Length)];
            using SafeFileHandle file = File.OpenHandle(range.Path, options: FileOptions.SequentialScan);
            read += RandomAccess.Read(file, buffer, range.Offset);
        }
        return read / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    // Any values that are neither zero nor so small that processors slow down.
    private static float[] Values(int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (i % 29 - 14) / 64f;
        return values;
    }
}
