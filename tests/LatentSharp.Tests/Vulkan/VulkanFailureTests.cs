using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Vulkan;
using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Planning;

namespace LatentSharp.Tests.Vulkan;

/// <summary>Answers of a driver that are errors, at every call that can give one: a clear message, and the next call works.</summary>
public sealed class VulkanFailureTests
{
    private static readonly string[] Calls = ["vkCreateDevice", "vkCreateDescriptorSetLayout", "vkCreatePipelineLayout", "vkCreatePipelineCache",
        "vkCreateBuffer", "vkAllocateMemory", "vkBindBufferMemory", "vkMapMemory", "vkCreateShaderModule", "vkCreateComputePipelines",
        "vkCreateDescriptorPool", "vkAllocateDescriptorSets", "vkCreateCommandPool", "vkAllocateCommandBuffers", "vkCreateFence",
        "vkBeginCommandBuffer", "vkEndCommandBuffer", "vkQueueSubmit", "vkWaitForFences", "vkResetFences"];

    public static TheoryData<string> Names => [.. Calls];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_error_of_any_call_is_told_and_the_next_run_works(string call)
    {
        NetworkGraph graph = VulkanPlanTests.Small();
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), expected = VulkanNetwork.Run(graph, input);
        int all = Count(graph, input, call);
        Assert.True(all > 0, $"{call} is never called");
        Result[] results = [Result.OutOfDeviceMemory, Result.DeviceLost, Result.InitializationFailed];
        int[] places = [1, (all + 1) / 2, all];
        bool isLong = Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1";
        for (int i = 0; i < places.Length; i++)
        {
            int at = places[i];
            foreach (Result result in isLong ? results : [results[i]])
            {
                int calls = 0;
                bool failing = true;
                using VulkanDevice device = VulkanNetwork.Device(options: new VulkanOptions
                {
                    Fault = name => failing && name == call && ++calls == at ? result : null,
                });
                Plan plan = device.Compile(graph);
                // Another type of memory is tried before an allocation counts as refused.
                if (call == "vkAllocateMemory" && HasSeveralTypes(device)) continue;
                LatentSharpException error = Assert.Throws<LatentSharpException>(() => RunOnce(plan, input));
                Assert.Contains("vulkan:", error.Where, StringComparison.Ordinal);
                Assert.Contains(call, error.Message, StringComparison.Ordinal);
                Assert.Contains("cpu", error.Message, StringComparison.Ordinal);
                failing = false;
                Assert.Equal(expected, RunOnce(plan, input));
            }
        }
    }

    [Fact]
    public void A_session_of_a_lost_card_says_so_again_and_a_new_one_computes()
    {
        NetworkGraph graph = VulkanPlanTests.Small();
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3), output = new float[graph.Outputs[0].Shape.Count];
        bool lost = false;
        using VulkanDevice device = VulkanNetwork.Device(options: new VulkanOptions
        {
            Fault = name => lost && name == "vkQueueSubmit" ? Result.DeviceLost : null,
        });
        Plan plan = device.Compile(graph);
        using PlanSession session = plan.Start();
        session.Run(input, output);
        lost = true;
        Assert.Contains("gave the card up", Assert.Throws<LatentSharpException>(() => session.Run(input, output)).Message, StringComparison.Ordinal);
        lost = false;
        Assert.Contains("gave the card up", Assert.Throws<LatentSharpException>(() => session.Run(input, output)).Message, StringComparison.Ordinal);
        Assert.Equal(VulkanNetwork.Run(graph, input), RunOnce(plan, input));
    }

    /// <summary>A driver that allocates more than there is and loses the card when the first list needs it.</summary>
    [Fact]
    public void A_driver_that_promises_too_much_memory_is_told_at_the_first_list()
    {
        NetworkGraph graph = VulkanPlanTests.Small();
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3);
        int lists = 0;
        using VulkanDevice device = VulkanNetwork.Device(options: new VulkanOptions
        {
            Fault = name => name == "vkQueueSubmit" && ++lists == 1 ? Result.DeviceLost : null,
        });
        Plan plan = device.Compile(graph);
        Assert.Contains("ran out of memory", Assert.Throws<LatentSharpException>(() => RunOnce(plan, input)).Message, StringComparison.Ordinal);
        Assert.Equal(VulkanNetwork.Run(graph, input), RunOnce(plan, input));
    }

    /// <summary>
    /// A driver that says it gives 4 GiB at once and refuses 3: no block is that large unless a tensor is, and one that is refused is told
    /// with its size.
    /// </summary>
    [Fact]
    public void A_driver_that_gives_less_at_once_than_it_says_is_told_with_the_size()
    {
        NetworkGraph graph = VulkanPlanTests.Small();
        float[] input = VulkanNetwork.Values(graph.Inputs[0].Shape.Count, 3);
        int block = -1, largest = -1;
        using VulkanDevice device = VulkanNetwork.Device(l => l with { Allocation = 4L << 30 }, new VulkanOptions
        {
            Fault = name =>
            {
                if (name == "vkCreateBuffer") block++;
                return name == "vkAllocateMemory" && block == largest ? Result.OutOfDeviceMemory : null;
            },
        });
        var plan = (VulkanPlan)device.Compile(graph);
        long most = plan.Memory.Blocks.Max();
        largest = plan.Memory.Blocks.ToList().IndexOf(most);
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => RunOnce(plan, input));
        Assert.Contains($"a block of {most:N0} bytes", error.Message, StringComparison.Ordinal);
        largest = -1;
        Assert.Equal(VulkanNetwork.Run(graph, input), RunOnce(plan, input));
        Assert.InRange(device.Limits.Block, 1, 512 << 20);
    }

    private static bool HasSeveralTypes(VulkanDevice device) => device.Card.Limits.Memory.Length > 1;

    private static int Count(NetworkGraph graph, float[] input, string call)
    {
        int calls = 0;
        using VulkanDevice device = VulkanNetwork.Device(options: new VulkanOptions
        {
            Fault = name =>
            {
                if (name == call) calls++;
                return null;
            },
        });
        RunOnce(device.Compile(graph), input);
        return calls;
    }

    private static float[] RunOnce(Plan plan, float[] input)
    {
        using PlanSession session = plan.Start();
        var output = new float[plan.Graph.Outputs[0].Shape.Count];
        session.Run(input, output);
        return output;
    }
}
