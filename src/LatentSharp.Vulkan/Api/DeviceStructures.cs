using System.Runtime.InteropServices;

namespace LatentSharp.Vulkan.Api;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DeviceQueueCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public uint FamilyIndex;
    public uint Count;
    public float* Priorities;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DeviceCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public uint QueueCount;
    public DeviceQueueCreateInfo* Queues;
    public uint LayerCount;
    public byte** Layers;
    public uint ExtensionCount;
    public byte** Extensions;
    public void* Features;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BufferCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public ulong Size;
    public uint Usage;
    public int SharingMode;
    public uint FamilyCount;
    public uint* Families;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryAllocateInfo
{
    public int Type;
    public void* Next;
    public ulong Size;
    public uint TypeIndex;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MemoryRequirements
{
    public ulong Size;
    public ulong Alignment;
    public uint TypeBits;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ShaderModuleCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public nuint CodeSize;
    public byte* Code;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DescriptorSetLayoutBinding
{
    public uint Binding;
    public int DescriptorType;
    public uint Count;
    public uint Stages;
    public void* Samplers;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DescriptorSetLayoutCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public uint BindingCount;
    public DescriptorSetLayoutBinding* Bindings;
}

[StructLayout(LayoutKind.Sequential)]
internal struct PushConstantRange
{
    public uint Stages;
    public uint Offset;
    public uint Size;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PipelineLayoutCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public uint SetLayoutCount;
    public ulong* SetLayouts;
    public uint PushConstantRangeCount;
    public PushConstantRange* PushConstantRanges;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SpecializationMapEntry
{
    public uint ConstantId;
    public uint Offset;
    public nuint Size;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SpecializationInfo
{
    public uint EntryCount;
    public SpecializationMapEntry* Entries;
    public nuint DataSize;
    public void* Data;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PipelineShaderStageCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public uint Stage;
    public ulong Module;
    public byte* EntryPoint;
    public SpecializationInfo* Specialization;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ComputePipelineCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public PipelineShaderStageCreateInfo Stage;
    public ulong Layout;
    public ulong BasePipeline;
    public int BasePipelineIndex;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PipelineCacheCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public nuint DataSize;
    public void* Data;
}

[StructLayout(LayoutKind.Sequential)]
internal struct DescriptorPoolSize
{
    public int DescriptorType;
    public uint Count;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DescriptorPoolCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public uint MaxSets;
    public uint SizeCount;
    public DescriptorPoolSize* Sizes;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DescriptorSetAllocateInfo
{
    public int Type;
    public void* Next;
    public ulong Pool;
    public uint Count;
    public ulong* Layouts;
}

[StructLayout(LayoutKind.Sequential)]
internal struct DescriptorBufferInfo
{
    public ulong Buffer;
    public ulong Offset;
    public ulong Range;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct WriteDescriptorSet
{
    public int Type;
    public void* Next;
    public ulong Set;
    public uint Binding;
    public uint FirstElement;
    public uint Count;
    public int DescriptorType;
    public void* Images;
    public DescriptorBufferInfo* Buffers;
    public void* TexelBuffers;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CommandPoolCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public uint FamilyIndex;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CommandBufferAllocateInfo
{
    public int Type;
    public void* Next;
    public ulong Pool;
    public int Level;
    public uint Count;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CommandBufferBeginInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public void* Inheritance;
}

[StructLayout(LayoutKind.Sequential)]
internal struct BufferCopy
{
    public ulong Source;
    public ulong Destination;
    public ulong Size;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryBarrier
{
    public int Type;
    public void* Next;
    public uint SourceAccess;
    public uint DestinationAccess;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SubmitInfo
{
    public int Type;
    public void* Next;
    public uint WaitCount;
    public ulong* WaitSemaphores;
    public uint* WaitStages;
    public uint CommandBufferCount;
    public nint* CommandBuffers;
    public uint SignalCount;
    public ulong* SignalSemaphores;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FenceCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
}
