using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Cpu;

/// <summary>The size is forced for the whole process, so nothing else runs beside these tests.</summary>
[CollectionDefinition(nameof(CacheSizes), DisableParallelization = true)]
public sealed class CacheSizeCollection;

/// <summary>Products are cut by the second-level cache; what they give does not depend on it.</summary>
[Collection(nameof(CacheSizes))]
public sealed class CacheSizeTests
{
    // Many rows for the one cut, fewer for the other, and sizes that nothing divides.
    [Theory]
    [InlineData(2100, 1030, 1900)]
    [InlineData(203, 300, 1100)]
    [InlineData(96, 300, 1100)]
    public void A_forced_size_changes_no_bit(int rows, int inputs, int outputs)
    {
        var weights = new MemoryWeights("weights");
        weights.Add("w.weight", Values(inputs * outputs, 5), outputs, inputs);
        float[] x = Values(rows * inputs, 9);
        try
        {
            float[] expected = Run();
            foreach (string size in (string[])["128", "512", "1024", "4096"])
            {
                Environment.SetEnvironmentVariable(CacheSizes.EnvironmentVariable, size);
                Assert.Equal(int.Parse(size, null) << 10, CacheSizes.SecondLevel);
                Assert.Equal(expected, Run());
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable(CacheSizes.EnvironmentVariable, null);
        }

        float[] Run()
        {
            var graph = new NetworkGraph("product", new Output("y",
                Build.Sequence("x", rows, inputs).Linear(new WeightScope(weights)["w"], outputs, bias: false), Layout.ChannelsLast));
            var y = new float[rows * outputs];
            DefaultDevice.Compile(graph, new ComputeOptions { Threads = 2 }).Run(x, y);
            return y;
        }
    }

    [Fact]
    public void A_size_that_is_none_is_refused()
    {
        Assert.InRange(CacheSizes.SecondLevel, 128 << 10, 64 << 20);
        try
        {
            foreach (string text in (string[])["big", "1", "-512", "100000000"])
            {
                Environment.SetEnvironmentVariable(CacheSizes.EnvironmentVariable, text);
                Assert.Contains("128 to", Assert.Throws<LatentSharpException>(() => CacheSizes.SecondLevel).Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable(CacheSizes.EnvironmentVariable, null);
        }
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
    }
}
