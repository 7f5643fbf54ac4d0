using LatentSharp.Graph;
using LatentSharp.Vulkan;
using LatentSharp.Vulkan.Running;

namespace LatentSharp.Tests.Vulkan;

/// <summary>Kernels kept for the next process: whatever is wrong with the file, results are right.</summary>
public sealed class PipelineCacheTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_was_kept_is_used_and_what_is_doubtful_is_ignored()
    {
        NetworkGraph graph = VulkanPlanTests.Small();
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), expected = VulkanNetwork.Run(graph, input);
        Assert.Equal(expected, Run(graph, input));
        string file = Assert.Single(Directory.GetFiles(folder));
        var cache = new PipelineCacheFile(folder, VulkanHere.Card);
        Assert.Equal(cache.Path, file);
        byte[] kept = File.ReadAllBytes(file);
        Assert.NotEmpty(cache.Read());

        byte[] turned = [.. kept.Select((b, i) => i == kept.Length / 2 ? (byte)~b : b)];
        foreach (byte[] wrong in (byte[][])[[], kept[..40], kept[..^1], [.. kept, 0], turned, new byte[kept.Length]])
        {
            File.WriteAllBytes(file, wrong);
            Assert.Empty(cache.Read());
            Assert.Equal(expected, Run(graph, input));
        }
        // What another driver wrote, with a digest that is right: of another maker, card or version of itself.
        foreach (int at in (int[])[8, 12, 16, 31])
        {
            byte[] other = kept[32..];
            other[at] ^= 1;
            cache.Write(other);
            Assert.Empty(cache.Read());
            Assert.Equal(expected, Run(graph, input));
        }
        // Of another driver: another file.
        Assert.NotEqual(file, new PipelineCacheFile(folder, VulkanHere.Card with { Identity = "10de-2504-1-00" }).Path);
    }

    [Fact]
    public void Two_that_write_at_once_leave_a_whole_file()
    {
        NetworkGraph graph = VulkanPlanTests.Small();
        Run(graph, VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3));
        var cache = new PipelineCacheFile(folder, VulkanHere.Card);
        byte[] header = cache.Read()[..32];
        Parallel.For(0, 16, i => cache.Write([.. header, .. Enumerable.Repeat((byte)i, 100_000 + i)]));
        byte[] read = cache.Read();
        Assert.Equal(100_032 + read[^1], read.Length);
        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_no_error()
    {
        string file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        var cache = new PipelineCacheFile(Path.Combine(file, "below"), VulkanHere.Card);
        cache.Write([1, 2, 3]);
        Assert.Empty(cache.Read());
    }

    private float[] Run(NetworkGraph graph, float[] input)
    {
        using VulkanDevice device = VulkanNetwork.Device(options: new VulkanOptions { CacheFolder = folder });
        return VulkanNetwork.Run(graph, input, device);
    }
}
