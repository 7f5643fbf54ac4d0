using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Cards;
using Thing = LatentSharp.Vulkan.Api.DeviceCalls.Thing;

namespace LatentSharp.Vulkan.Running;

/// <summary>The blocks of a session in the card's memory, and the piece that the processor sees too.</summary>
internal sealed unsafe class CardMemoryBlocks : IDisposable
{
    private const uint StorageUsage = 0x20 | 0x1 | 0x2, StagingUsage = 0x1 | 0x2;

    private readonly LogicalDevice device;
    private readonly List<(ulong Buffer, ulong Memory)> made = [];

    /// <summary>Allocates.</summary>
    /// <exception cref="LatentSharpException">The driver refuses.</exception>
    public CardMemoryBlocks(LogicalDevice device, IReadOnlyList<long> blocks, long staging)
    {
        this.device = device;
        try
        {
            foreach (long bytes in blocks) Make(bytes, StorageUsage, t => t.IsLocal && !t.IsVisible, t => t.IsLocal, _ => true);
            Staging = Make(staging, StagingUsage, t => t.IsVisible && !t.IsLocal, t => t.IsVisible);
            void* address;
            device.Check(device.Calls.MapMemory(made[^1].Memory, (ulong)staging, &address), "vkMapMemory");
            (Address, StagingBytes) = ((nint)address, staging);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What was allocated, in bytes, the driver's rounding included.</summary>
    public long Allocated { get; private set; }

    /// <summary>The buffer through which values come and go.</summary>
    public ulong Staging { get; }

    /// <summary>Its bytes.</summary>
    public long StagingBytes { get; }

    /// <summary>Where the processor sees it.</summary>
    public nint Address { get; }

    /// <summary>The buffer of a block.</summary>
    public ulong this[int block] => made[block].Buffer;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((ulong buffer, ulong memory) in made)
        {
            device.Calls.Destroy(Thing.Buffer, buffer);
            device.Calls.Destroy(Thing.Memory, memory);
        }
        made.Clear();
        device.Count(-Allocated);
        Allocated = 0;
    }

    // Types that fit are tried one after the other: a heap may be full while another is not.
    private ulong Make(long bytes, uint usage, params ReadOnlySpan<Func<CardMemory, bool>> wishes)
    {
        var info = new BufferCreateInfo { Type = StructureType.BufferCreateInfo, Size = (ulong)bytes, Usage = usage };
        ulong buffer;
        device.Check(device.Calls.CreateBuffer(&info, &buffer), "vkCreateBuffer");
        made.Add((buffer, 0));
        MemoryRequirements needs = device.Calls.Requirements(buffer);
        Result result = Result.OutOfDeviceMemory;
        HashSet<int> tried = [];
        foreach (Func<CardMemory, bool> wish in wishes)
        {
            for (int i = 0; i < device.Card.Limits.Memory.Length; i++)
            {
                if ((needs.TypeBits >> i & 1) == 0 || !wish(device.Card.Limits.Memory[i]) || !tried.Add(i)) continue;
                var allocate = new MemoryAllocateInfo { Type = StructureType.MemoryAllocateInfo, Size = needs.Size, TypeIndex = (uint)i };
                ulong memory;
                result = device.Calls.AllocateMemory(&allocate, &memory);
                if (result != Result.Success) continue;
                made[^1] = (buffer, memory);
                device.Check(device.Calls.BindMemory(buffer, memory), "vkBindBufferMemory");
                Allocated += (long)needs.Size;
                device.Count((long)needs.Size);
                return buffer;
            }
        }
        device.Check(result, "vkAllocateMemory", $"a block of {bytes:N0} bytes");
        throw new InvalidOperationException(result.ToString());
    }
}
