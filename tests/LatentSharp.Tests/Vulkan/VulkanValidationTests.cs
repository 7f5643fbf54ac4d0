using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Vulkan;
using LatentSharp.Vulkan.Api;

namespace LatentSharp.Tests.Vulkan;

/// <summary>What the validation layer of Khronos says of a run, with its check of synchronisation: nothing.</summary>
public sealed class VulkanValidationTests
{
    [Fact]
    public void The_validation_layer_has_nothing_to_say_and_speaks_where_it_should()
    {
        _ = VulkanHere.Card;
        using VulkanInstance instance = VulkanInstance.Create(validates: true);
        if (!instance.Validates) Assert.Skip("the validation layer is not installed (vulkan-validationlayers)");
        NetworkGraph graph = VulkanPlanTests.Network(5, 4);
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), expected = VulkanNetwork.Run(graph, input);
        Assert.Equal(expected, Run(instance, graph, input));
        Assert.True(VulkanInstance.Messages.Count == 0, VulkanInstance.Messages.Last);
        // A buffer of no bytes: the layer is there and listens.
        using VulkanDevice device = VulkanNetwork.Device(options: new VulkanOptions { Instance = instance });
        MakeEmptyBuffer(device);
        Assert.True(VulkanInstance.Messages.Count > 0, "an empty buffer was not noticed");
        Assert.Contains("VkBufferCreateInfo", VulkanInstance.Messages.Last, StringComparison.Ordinal);
    }

    private static unsafe void MakeEmptyBuffer(VulkanDevice device)
    {
        const uint storage = 0x20;
        DeviceCalls calls = device.Open().Calls;
        var info = new BufferCreateInfo { Type = StructureType.BufferCreateInfo, Size = 0, Usage = storage };
        ulong buffer = 0;
        if (calls.CreateBuffer(&info, &buffer) == Result.Success) calls.Destroy(DeviceCalls.Thing.Buffer, buffer);
    }

    private static float[] Run(VulkanInstance instance, NetworkGraph graph, float[] input)
    {
        using VulkanDevice device = VulkanNetwork.Device(options: new VulkanOptions { Instance = instance });
        Plan resident = device.Compile(graph);
        Plan streamed = device.Compile(graph, new ComputeOptions { MemoryBudget = resident.PeakBytes - 1 });
        var output = new float[graph.Outputs[0].Shape.Count];
        Plan halves = device.Compile(graph, new ComputeOptions { Precision = Precision.Float16 });
        Plan fast = device.Compile(graph, new ComputeOptions { Precision = Precision.Float32Fast });
        foreach (Plan plan in (Plan[])[halves, fast, streamed, resident])
        {
            using PlanSession session = plan.Start();
            using var cancel = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => session.Run(input, output, new Stop(cancel), cancel.Token));
            session.Run(input, output);
        }
        return output;
    }

    private sealed class Stop(CancellationTokenSource source) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => source.Cancel();
    }
}
