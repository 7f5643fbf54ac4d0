using System.Runtime.CompilerServices;
using LatentSharp.Vulkan.Api;

namespace LatentSharp.Tests.Vulkan;

/// <summary>
/// The structures of the binding have the sizes of the C header's (vulkan_core.h 1.3.239, sizeof on x86-64; those of 64-bit ARM are the
/// same).
/// </summary>
public sealed class StructureTests
{
    public static TheoryData<string, int, int> Sizes => new()
    {
        { nameof(ApplicationInfo), Unsafe.SizeOf<ApplicationInfo>(), 48 },
        { nameof(InstanceCreateInfo), Unsafe.SizeOf<InstanceCreateInfo>(), 64 },
        { nameof(ExtensionProperties), Unsafe.SizeOf<ExtensionProperties>(), 260 },
        { nameof(LayerProperties), Unsafe.SizeOf<LayerProperties>(), 520 },
        { nameof(PhysicalDeviceProperties), Unsafe.SizeOf<PhysicalDeviceProperties>(), 824 },
        { nameof(PhysicalDeviceProperties2), Unsafe.SizeOf<PhysicalDeviceProperties2>(), 840 },
        { nameof(PhysicalDeviceIdProperties), Unsafe.SizeOf<PhysicalDeviceIdProperties>(), 64 },
        { nameof(PhysicalDeviceDriverProperties), Unsafe.SizeOf<PhysicalDeviceDriverProperties>(), 536 },
        { nameof(PhysicalDeviceSubgroupProperties), Unsafe.SizeOf<PhysicalDeviceSubgroupProperties>(), 32 },
        { nameof(PhysicalDeviceMaintenance3Properties), Unsafe.SizeOf<PhysicalDeviceMaintenance3Properties>(), 32 },
        { nameof(PhysicalDeviceMemoryProperties), Unsafe.SizeOf<PhysicalDeviceMemoryProperties>(), 520 },
        { nameof(PhysicalDeviceMemoryProperties2), Unsafe.SizeOf<PhysicalDeviceMemoryProperties2>(), 536 },
        { nameof(PhysicalDeviceMemoryBudgetProperties), Unsafe.SizeOf<PhysicalDeviceMemoryBudgetProperties>(), 272 },
        { nameof(QueueFamilyProperties), Unsafe.SizeOf<QueueFamilyProperties>(), 24 },
        { nameof(DebugUtilsMessengerCreateInfo), Unsafe.SizeOf<DebugUtilsMessengerCreateInfo>(), 48 },
        { nameof(DebugUtilsMessengerCallbackData), Unsafe.SizeOf<DebugUtilsMessengerCallbackData>(), 96 },
        { nameof(ValidationFeatures), Unsafe.SizeOf<ValidationFeatures>(), 48 },
        { nameof(DeviceQueueCreateInfo), Unsafe.SizeOf<DeviceQueueCreateInfo>(), 40 },
        { nameof(DeviceCreateInfo), Unsafe.SizeOf<DeviceCreateInfo>(), 72 },
        { nameof(BufferCreateInfo), Unsafe.SizeOf<BufferCreateInfo>(), 56 },
        { nameof(MemoryAllocateInfo), Unsafe.SizeOf<MemoryAllocateInfo>(), 32 },
        { nameof(MemoryRequirements), Unsafe.SizeOf<MemoryRequirements>(), 24 },
        { nameof(ShaderModuleCreateInfo), Unsafe.SizeOf<ShaderModuleCreateInfo>(), 40 },
        { nameof(DescriptorSetLayoutBinding), Unsafe.SizeOf<DescriptorSetLayoutBinding>(), 24 },
        { nameof(DescriptorSetLayoutCreateInfo), Unsafe.SizeOf<DescriptorSetLayoutCreateInfo>(), 32 },
        { nameof(PipelineLayoutCreateInfo), Unsafe.SizeOf<PipelineLayoutCreateInfo>(), 48 },
        { nameof(PushConstantRange), Unsafe.SizeOf<PushConstantRange>(), 12 },
        { nameof(SpecializationMapEntry), Unsafe.SizeOf<SpecializationMapEntry>(), 16 },
        { nameof(SpecializationInfo), Unsafe.SizeOf<SpecializationInfo>(), 32 },
        { nameof(PipelineShaderStageCreateInfo), Unsafe.SizeOf<PipelineShaderStageCreateInfo>(), 48 },
        { nameof(ComputePipelineCreateInfo), Unsafe.SizeOf<ComputePipelineCreateInfo>(), 96 },
        { nameof(PipelineCacheCreateInfo), Unsafe.SizeOf<PipelineCacheCreateInfo>(), 40 },
        { nameof(DescriptorPoolSize), Unsafe.SizeOf<DescriptorPoolSize>(), 8 },
        { nameof(DescriptorPoolCreateInfo), Unsafe.SizeOf<DescriptorPoolCreateInfo>(), 40 },
        { nameof(DescriptorSetAllocateInfo), Unsafe.SizeOf<DescriptorSetAllocateInfo>(), 40 },
        { nameof(DescriptorBufferInfo), Unsafe.SizeOf<DescriptorBufferInfo>(), 24 },
        { nameof(WriteDescriptorSet), Unsafe.SizeOf<WriteDescriptorSet>(), 64 },
        { nameof(CommandPoolCreateInfo), Unsafe.SizeOf<CommandPoolCreateInfo>(), 24 },
        { nameof(CommandBufferAllocateInfo), Unsafe.SizeOf<CommandBufferAllocateInfo>(), 32 },
        { nameof(CommandBufferBeginInfo), Unsafe.SizeOf<CommandBufferBeginInfo>(), 32 },
        { nameof(BufferCopy), Unsafe.SizeOf<BufferCopy>(), 24 },
        { nameof(MemoryBarrier), Unsafe.SizeOf<MemoryBarrier>(), 24 },
        { nameof(SubmitInfo), Unsafe.SizeOf<SubmitInfo>(), 72 },
        { nameof(FenceCreateInfo), Unsafe.SizeOf<FenceCreateInfo>(), 24 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Structures_have_the_sizes_of_the_header(string name, int size, int expected)
        => Assert.True(size == expected, $"{name} has {size} bytes, the header's {expected}");
}
