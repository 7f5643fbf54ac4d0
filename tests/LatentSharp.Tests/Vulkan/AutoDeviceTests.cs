using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Service.Devices;
using LatentSharp.Vulkan;

namespace LatentSharp.Tests.Vulkan;

/// <summary>The device <c>auto</c>: the card where it can, else the processor, said aloud.</summary>
public sealed class AutoDeviceTests
{
    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.Float16)]
    public void What_does_not_fit_the_card_is_computed_on_the_processor_and_said(Precision precision)
    {
        NetworkGraph graph = VulkanPlanTests.Network(20, 12);
        var options = new ComputeOptions { Precision = precision };
        List<string> said = [];
        Assert.Equal("vulkan", new AutoDevice(VulkanNetwork.Shared, said.Add).Compile(graph, options).Device.Name.Split(':')[0]);
        Assert.Empty(said);
        using VulkanDevice narrow = VulkanNetwork.Device(l => l with { Allocation = 4096, Block = 4096 });
        Plan plan = new AutoDevice(narrow, said.Add).Compile(graph, options);
        Assert.Equal("cpu", plan.Device.Name);
        Assert.Contains("one allocation of this card", Assert.Single(said), StringComparison.Ordinal);
        var output = new float[graph.Outputs[0].Shape.Count];
        plan.Run(new float[graph.Inputs[0].Shape.Count], output);
    }
}
