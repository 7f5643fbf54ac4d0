using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Service.Devices;

/// <summary>
/// What a device gives for two seconds: products of matrices, and values that go through its memory. It is what networks get, calls and
/// copies included.
/// </summary>
internal static class MeasureDevice
{
    private const int Products = 8, Passes = 32;
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);

    /// <summary>Measures.</summary>
    /// <param name="device">The device; null for the processor.</param>
    /// <param name="side">Rows and columns of the matrices.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static DeviceSpeed Of(Device? device, int side, CancellationToken cancellationToken)
    {
        var weights = new MemoryWeights("speed");
        weights.Add("layer.weight", new float[(long)side * side], side, side);
        var layer = new WeightScope(weights, "layer");
        Node products = Build.Sequence("x", side, side), passes = products;
        for (int i = 0; i < Products; i++) products = products.Linear(layer, side);
        for (int i = 0; i < Passes; i++) passes = passes.ReLU();
        double moved = 2.0 * Passes * side * side * sizeof(float);
        return new DeviceSpeed(Rate(new NetworkGraph("products", products), 2.0 * Products * side * side * side),
            Rate(new NetworkGraph("values", passes), moved));

        double Rate(NetworkGraph graph, double amount)
        {
            float[] input = new float[side * side], output = new float[side * side];
            using PlanSession session = DefaultDevice.Compile(graph, new ComputeOptions { Device = device, KeepWeights = true }).Start();
            session.Run(input, output, cancellationToken: cancellationToken);
            long start = Stopwatch.GetTimestamp();
            int runs = 0;
            do
            {
                session.Run(input, output, cancellationToken: cancellationToken);
                runs++;
            }
            while (Stopwatch.GetElapsedTime(start) < Each);
            return runs * amount / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}

/// <summary>What a device gave for two seconds.</summary>
/// <param name="OperationsPerSecond">Operations of products of matrices (a multiply-add is two) in a second.</param>
/// <param name="BytesPerSecond">Bytes that values took through the memory in a second, read and written.</param>
public sealed record DeviceSpeed(double OperationsPerSecond, double BytesPerSecond);
