using System.Globalization;
using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Kernels;

namespace LatentSharp.Vulkan.Cards;

/// <summary>Asks a driver about a card.</summary>
internal static unsafe class CardFacts
{
    private const uint LeastVersion = 1 << 22 | 1 << 12, Compute = 2, Graphics = 1, Local = 1, Visible = 2, Coherent = 4;
    private const string BudgetExtension = "VK_EXT_memory_budget";

    /// <summary>The facts.</summary>
    public static VulkanCard Of(InstanceCalls calls, nint handle, int index)
    {
        var maintenance = new PhysicalDeviceMaintenance3Properties { Type = StructureType.PhysicalDeviceMaintenance3Properties };
        var driver = new PhysicalDeviceDriverProperties { Type = StructureType.PhysicalDeviceDriverProperties, Next = &maintenance };
        var ids = new PhysicalDeviceIdProperties { Type = StructureType.PhysicalDeviceIdProperties, Next = &driver };
        var chain = new PhysicalDeviceProperties2 { Type = StructureType.PhysicalDeviceProperties2, Next = &ids };
        calls.Properties(handle, &chain);
        PhysicalDeviceProperties p = chain.Properties;
        HashSet<string> extensions = calls.Extensions(handle);
        var budget = new PhysicalDeviceMemoryBudgetProperties { Type = StructureType.PhysicalDeviceMemoryBudgetProperties };
        bool tells = extensions.Contains(BudgetExtension);
        var memory = new PhysicalDeviceMemoryProperties2
        {
            Type = StructureType.PhysicalDeviceMemoryProperties2, Next = tells ? &budget : null,
        };
        calls.Memory(handle, &memory);
        var types = new CardMemory[memory.Properties.TypeCount];
        for (int i = 0; i < types.Length; i++) types[i] = TypeOf(memory.Properties.Types[i]);
        int heap = types.FirstOrDefault(t => t.IsLocal).Heap;
        long bytes = (long)memory.Properties.Heaps[heap].Size;
        long? free = tells ? (long)(budget.HeapBudget[heap] - Math.Min(budget.HeapBudget[heap], budget.HeapUsage[heap])) : null;

        int family = Family(calls.QueueFamilies(handle));
        var kind = (VulkanCardKind)(p.DeviceType is >= 0 and <= 4 ? p.DeviceType : 0);
        var limits = new CardLimits
        {
            BufferRange = p.MaxStorageBufferRange, Allocation = (long)Math.Min(maintenance.MaxMemoryAllocationSize, long.MaxValue),
            Alignment = (int)Math.Max(4, p.MinStorageBufferOffsetAlignment),
            GroupThreads = (int)Math.Min(p.MaxComputeWorkGroupInvocations, p.MaxComputeWorkGroupSize[0]),
            Groups = (int)Math.Min(int.MaxValue, Math.Min(p.MaxComputeWorkGroupCount[0], p.MaxComputeWorkGroupCount[1])),
            SharedBytes = (int)p.MaxComputeSharedMemorySize,
            Memory = [.. types],
        };
        limits = limits with
        {
            Block = Math.Min(limits.Block, limits.Allocation / 2),
            DispatchWork = kind == VulkanCardKind.Software ? limits.DispatchWork / 100 : limits.DispatchWork,
        };
        string version = Loader.Text(driver.DriverInfo), name = Loader.Text(driver.DriverName);
        return new VulkanCard(index, Loader.Text(p.DeviceName), kind, name.Length == 0 ? Version(p.DriverVersion) : $"{name} {version}".Trim(),
            bytes, free)
        {
            Lacks = [.. Lacking(p, family)], Notes = [.. KnownFaults.Of(kind, driver.DriverId)],
            DriverRank = KnownFaults.Rank(driver.DriverId), Limits = limits, Handle = handle, QueueFamily = (uint)Math.Max(0, family),
            Identity = string.Create(CultureInfo.InvariantCulture,
                $"{p.VendorId:x}-{p.DeviceId:x}-{p.DriverVersion:x}-{Convert.ToHexStringLower(new ReadOnlySpan<byte>(p.PipelineCacheUuid, 16))}"),
        };
    }

    // A queue that computes and does not draw leaves the desktop alone.
    private static int Family(QueueFamilyProperties[] families)
    {
        int alone = Array.FindIndex(families, f => (f.Flags & Compute) != 0 && (f.Flags & Graphics) == 0);
        return alone >= 0 ? alone : Array.FindIndex(families, f => (f.Flags & Compute) != 0);
    }

    private static IEnumerable<string> Lacking(PhysicalDeviceProperties p, int family)
    {
        if (p.ApiVersion < LeastVersion) yield return $"Vulkan 1.1 (it has {Version(p.ApiVersion)})";
        if (family < 0) yield return "a queue that computes";
        if (p.MaxPerStageDescriptorStorageBuffers < KernelSlots.Count)
            yield return $"{KernelSlots.Count} buffers a kernel (it has {p.MaxPerStageDescriptorStorageBuffers})";
        if (p.MaxComputeWorkGroupInvocations < 128) yield return $"workgroups of 128 threads (it has {p.MaxComputeWorkGroupInvocations})";
    }

    private static CardMemory TypeOf(MemoryType type)
        => new((type.PropertyFlags & Local) != 0, (type.PropertyFlags & (Visible | Coherent)) == (Visible | Coherent), (int)type.HeapIndex);

    private static string Version(uint version) => $"{version >> 22}.{version >> 12 & 0x3ff}.{version & 0xfff}";
}
