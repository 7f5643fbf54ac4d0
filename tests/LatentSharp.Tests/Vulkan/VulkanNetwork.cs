using System.Globalization;
using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Tests.Graph;
using LatentSharp.Tests.Reference;
using LatentSharp.Vulkan;
using LatentSharp.Vulkan.Cards;

namespace LatentSharp.Tests.Vulkan;

/// <summary>Networks on the card of the tests, beside the float64 reference executor.</summary>
internal static class VulkanNetwork
{
    /// <summary>A device on the card of the tests.</summary>
    public static VulkanDevice Device(Func<CardLimits, CardLimits>? narrow = null, VulkanOptions? options = null)
        => new((options ?? new()) with { Card = VulkanHere.Card.Index.ToString(CultureInfo.InvariantCulture), Narrow = narrow });

    /// <summary>One device for all tests that need nothing special: kernels are compiled once.</summary>
    public static VulkanDevice Shared => SharedDevice.Value;

    private static readonly Lazy<VulkanDevice> SharedDevice = new(() => Device());

    /// <summary>Values in [-1, 1) from a fixed generator.</summary>
    public static float[] Values(long count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle() * 2 - 1;
        return values;
    }

    /// <summary>Computes a graph of one input and one output.</summary>
    public static float[] Run(NetworkGraph graph, float[] input, VulkanDevice? device = null, Precision precision = default)
    {
        using PlanSession session = (device ?? Shared).Compile(graph, new ComputeOptions { Precision = precision }).Start();
        var output = new float[graph.Outputs[0].Shape.Count];
        session.Run(input, output, cancellationToken: TestContext.Current.CancellationToken);
        return output;
    }

    /// <summary>Asserts that the card computes what float64 gives, up to a part of the largest value of the result.</summary>
    public static void Check(NetworkGraph graph, double tolerance, VulkanDevice? device = null, float[]? input = null,
        Precision precision = default)
    {
        input ??= Values(graph.Inputs[0].Shape.Count, 5);
        float[] found = Run(graph, input, device, precision);
        double[] expected = ReferenceExecutor.Run(graph, input);
        double largest = Math.Max(1e-3, expected.Max(Math.Abs));
        double error = expected.Zip(found, (e, f) => double.IsNaN(f) ? double.MaxValue : Math.Abs(e - f)).Max();
        Assert.True(error <= tolerance * largest, $"{graph.Name}: largest difference {error:g3} of {largest:g3}, allowed {tolerance * largest:g3}");
    }

    /// <summary>The same for any inputs and outputs.</summary>
    public static void CheckAll(NetworkGraph graph, double tolerance)
    {
        Dictionary<string, float[]> inputs = NetworkGraphTests.Values(graph);
        var outputs = graph.Outputs.ToDictionary(o => o.Name, o => new float[o.Shape.Count]);
        using PlanSession session = Shared.Compile(graph).Start();
        session.Run(inputs.ToDictionary(i => i.Key, i => (ReadOnlyMemory<float>)i.Value),
            outputs.ToDictionary(o => o.Key, o => o.Value.AsMemory()), cancellationToken: TestContext.Current.CancellationToken);
        foreach ((string name, double[] expected) in ReferenceExecutor.Run(graph, inputs))
        {
            double largest = Math.Max(1, expected.Max(Math.Abs)), error = expected.Zip(outputs[name], (e, f) => Math.Abs(e - f)).Max();
            Assert.True(error <= tolerance * largest, $"{graph.Name} {name}: largest difference {error:g3} of {largest:g3}");
        }
    }
}
