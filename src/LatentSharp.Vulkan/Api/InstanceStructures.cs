using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LatentSharp.Vulkan.Api;

/// <summary>The values of <c>VkStructureType</c> that are used.</summary>
internal static class StructureType
{
    public const int ApplicationInfo = 0, InstanceCreateInfo = 1, DeviceQueueCreateInfo = 2, DeviceCreateInfo = 3, SubmitInfo = 4,
        MemoryAllocateInfo = 5, FenceCreateInfo = 8, BufferCreateInfo = 12, ShaderModuleCreateInfo = 16, PipelineCacheCreateInfo = 17,
        PipelineShaderStageCreateInfo = 18, ComputePipelineCreateInfo = 29, PipelineLayoutCreateInfo = 30,
        DescriptorSetLayoutCreateInfo = 32, DescriptorPoolCreateInfo = 33, DescriptorSetAllocateInfo = 34, WriteDescriptorSet = 35,
        CommandPoolCreateInfo = 39, CommandBufferAllocateInfo = 40, CommandBufferBeginInfo = 42, MemoryBarrier = 46,
        PhysicalDeviceProperties2 = 1000059001, PhysicalDeviceMemoryProperties2 = 1000059006, PhysicalDeviceIdProperties = 1000071004,
        PhysicalDeviceSubgroupProperties = 1000094000, DebugUtilsMessengerCreateInfo = 1000128004,
        PhysicalDeviceMaintenance3Properties = 1000168000, PhysicalDeviceDriverProperties = 1000196000,
        PhysicalDeviceMemoryBudgetProperties = 1000237000, ValidationFeatures = 1000247000;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ApplicationInfo
{
    public int Type;
    public void* Next;
    public byte* ApplicationName;
    public uint ApplicationVersion;
    public byte* EngineName;
    public uint EngineVersion;
    public uint ApiVersion;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InstanceCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public ApplicationInfo* ApplicationInfo;
    public uint LayerCount;
    public byte** Layers;
    public uint ExtensionCount;
    public byte** Extensions;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ExtensionProperties
{
    public fixed byte Name[256];
    public uint SpecVersion;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LayerProperties
{
    public fixed byte Name[256];
    public uint SpecVersion;
    public uint ImplementationVersion;
    public fixed byte Description[256];
}

/// <summary><c>VkPhysicalDeviceProperties</c> with the limits that are read, at their places.</summary>
[StructLayout(LayoutKind.Explicit, Size = 824)]
internal unsafe struct PhysicalDeviceProperties
{
    private const int Limits = 296;

    [FieldOffset(0)] public uint ApiVersion;
    [FieldOffset(4)] public uint DriverVersion;
    [FieldOffset(8)] public uint VendorId;
    [FieldOffset(12)] public uint DeviceId;
    [FieldOffset(16)] public int DeviceType;
    [FieldOffset(20)] public fixed byte DeviceName[256];
    [FieldOffset(276)] public fixed byte PipelineCacheUuid[16];
    [FieldOffset(Limits + 28)] public uint MaxStorageBufferRange;
    [FieldOffset(Limits + 32)] public uint MaxPushConstantsSize;
    [FieldOffset(Limits + 36)] public uint MaxMemoryAllocationCount;
    [FieldOffset(Limits + 76)] public uint MaxPerStageDescriptorStorageBuffers;
    [FieldOffset(Limits + 216)] public uint MaxComputeSharedMemorySize;
    [FieldOffset(Limits + 220)] public fixed uint MaxComputeWorkGroupCount[3];
    [FieldOffset(Limits + 232)] public uint MaxComputeWorkGroupInvocations;
    [FieldOffset(Limits + 236)] public fixed uint MaxComputeWorkGroupSize[3];
    [FieldOffset(Limits + 328)] public ulong MinStorageBufferOffsetAlignment;
    // The structure is aligned as its 64-bit members are.
    [FieldOffset(816)] public ulong End;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PhysicalDeviceProperties2
{
    public int Type;
    public void* Next;
    public PhysicalDeviceProperties Properties;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PhysicalDeviceIdProperties
{
    public int Type;
    public void* Next;
    public fixed byte DeviceUuid[16];
    public fixed byte DriverUuid[16];
    public fixed byte DeviceLuid[8];
    public uint DeviceNodeMask;
    public uint DeviceLuidValid;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PhysicalDeviceDriverProperties
{
    public int Type;
    public void* Next;
    public int DriverId;
    public fixed byte DriverName[256];
    public fixed byte DriverInfo[256];
    public uint ConformanceVersion;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PhysicalDeviceSubgroupProperties
{
    public int Type;
    public void* Next;
    public uint SubgroupSize;
    public uint SupportedStages;
    public uint SupportedOperations;
    public uint QuadOperationsInAllStages;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PhysicalDeviceMaintenance3Properties
{
    public int Type;
    public void* Next;
    public uint MaxPerSetDescriptors;
    public ulong MaxMemoryAllocationSize;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MemoryType
{
    public uint PropertyFlags;
    public uint HeapIndex;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MemoryHeap
{
    public ulong Size;
    public uint Flags;
}

[InlineArray(32)]
internal struct MemoryTypes
{
    private MemoryType first;
}

[InlineArray(16)]
internal struct MemoryHeaps
{
    private MemoryHeap first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct PhysicalDeviceMemoryProperties
{
    public uint TypeCount;
    public MemoryTypes Types;
    public uint HeapCount;
    public MemoryHeaps Heaps;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PhysicalDeviceMemoryProperties2
{
    public int Type;
    public void* Next;
    public PhysicalDeviceMemoryProperties Properties;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PhysicalDeviceMemoryBudgetProperties
{
    public int Type;
    public void* Next;
    public fixed ulong HeapBudget[16];
    public fixed ulong HeapUsage[16];
}

[StructLayout(LayoutKind.Sequential)]
internal struct QueueFamilyProperties
{
    public uint Flags;
    public uint Count;
    public uint TimestampValidBits;
    public uint GranularityWidth;
    public uint GranularityHeight;
    public uint GranularityDepth;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DebugUtilsMessengerCreateInfo
{
    public int Type;
    public void* Next;
    public uint Flags;
    public uint Severity;
    public uint MessageType;
    public delegate* unmanaged<uint, uint, DebugUtilsMessengerCallbackData*, void*, uint> Callback;
    public void* UserData;
}

/// <summary><c>VkDebugUtilsMessengerCallbackDataEXT</c> as far as it is read.</summary>
[StructLayout(LayoutKind.Explicit, Size = 96)]
internal unsafe struct DebugUtilsMessengerCallbackData
{
    [FieldOffset(40)] public byte* Message;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ValidationFeatures
{
    public int Type;
    public void* Next;
    public uint EnabledCount;
    public int* Enabled;
    public uint DisabledCount;
    public int* Disabled;
}
