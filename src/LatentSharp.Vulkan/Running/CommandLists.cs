using System.Diagnostics;
using LatentSharp.Vulkan.Api;
using Thing = LatentSharp.Vulkan.Api.DeviceCalls.Thing;

namespace LatentSharp.Vulkan.Running;

/// <summary>
/// Command lists on their way to the card: while one is computed the next is written. Lists are cut so short that no system's watchdog
/// ends them and the desktop stays alive; how much that is, is measured while they run.
/// </summary>
internal sealed unsafe class CommandLists : IDisposable
{
    private const int Count = 2;
    private const double Wanted = 0.1;

    private readonly LogicalDevice device;
    private readonly TimeSpan patience;
    private readonly ulong pool;
    private readonly nint[] lists = new nint[Count];
    private readonly ulong[] fences = new ulong[Count];
    private readonly (long Work, long Since, string Doing)?[] flying = new (long, long, string)?[Count];
    private int current;
    private long work, lastEnd;
    private bool open;

    /// <summary>Takes what lists need.</summary>
    /// <param name="device">The card.</param>
    /// <param name="firstWork">The work of the first list, before anything was measured.</param>
    /// <param name="patience">How long a list may take before the card counts as lost.</param>
    public CommandLists(LogicalDevice device, long firstWork, TimeSpan patience)
    {
        (this.device, this.patience, Rate) = (device, patience, firstWork / Wanted);
        try
        {
            const uint resettable = 2;
            var info = new CommandPoolCreateInfo
            {
                Type = StructureType.CommandPoolCreateInfo, Flags = resettable, FamilyIndex = device.Card.QueueFamily,
            };
            ulong made;
            device.Check(device.Calls.CreateCommandPool(&info, &made), "vkCreateCommandPool");
            pool = made;
            var allocate = new CommandBufferAllocateInfo { Type = StructureType.CommandBufferAllocateInfo, Pool = pool, Count = Count };
            fixed (nint* first = lists) device.Check(device.Calls.AllocateCommands(&allocate, first), "vkAllocateCommandBuffers");
            var fence = new FenceCreateInfo { Type = StructureType.FenceCreateInfo };
            for (int i = 0; i < Count; i++)
            {
                device.Check(device.Calls.CreateFence(&fence, &made), "vkCreateFence");
                fences[i] = made;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The work of a second, as measured last.</summary>
    public double Rate { get; private set; }

    /// <summary>The longest time between handing a list over, or the end of the one before, and its end.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>The list that is being written.</summary>
    public nint List
    {
        get
        {
            if (!open)
            {
                Wait(current);
                device.Check(device.Calls.Commands.Begin(lists[current]), "vkBeginCommandBuffer");
                (open, work) = (true, 0);
            }
            return lists[current];
        }
    }

    /// <summary>Counts a command that was written, and hands the list over when it is long enough.</summary>
    /// <returns>Whether it was.</returns>
    public bool Add(long done, string doing)
    {
        work += done;
        if (work < Rate * Wanted / 2) return false;
        Submit(doing);
        return true;
    }

    /// <summary>Hands over what is written.</summary>
    public void Submit(string doing)
    {
        if (!open) return;
        open = false;
        device.Check(device.Calls.Commands.End(lists[current]), "vkEndCommandBuffer", doing);
        device.Submit(lists[current], fences[current], doing);
        flying[current] = (work, Stopwatch.GetTimestamp(), doing);
        current = (current + 1) % Count;
    }

    /// <summary>Waits until everything is done.</summary>
    public void Finish(string doing)
    {
        Submit(doing);
        for (int i = 0; i < Count; i++) Wait((current + i) % Count);
    }

    /// <summary>Waits for what the card is doing, without a word about how it ends, so that memory may be given back.</summary>
    public void Abandon()
    {
        // A list that is being written cannot be begun again.
        if (open) _ = device.Calls.Commands.End(lists[current]);
        for (int i = 0; i < Count; i++)
        {
            if (flying[i] is null || device.IsLost) continue;
            device.Calls.WaitForFence(fences[i], patience);
            device.Calls.ResetFence(fences[i]);
            flying[i] = null;
        }
        open = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ulong fence in fences) device.Calls.Destroy(Thing.Fence, fence);
        device.Calls.Destroy(Thing.CommandPool, pool);
    }

    private void Wait(int index)
    {
        if (flying[index] is not { } list) return;
        Result result = device.Calls.WaitForFence(fences[index], patience);
        device.Check(result == Result.Timeout ? Result.DeviceLost : result, "vkWaitForFences", list.Doing);
        device.Check(device.Calls.ResetFence(fences[index]), "vkResetFences", list.Doing);
        flying[index] = null;
        long now = Stopwatch.GetTimestamp();
        TimeSpan took = Stopwatch.GetElapsedTime(Math.Max(list.Since, lastEnd), now);
        lastEnd = now;
        if (took > Longest) Longest = took;
        // A list of copies tells nothing about kernels. One of quick kernels says little about the slow ones that follow: it rises in small
        // steps and falls in large ones, or lists after normalisations would take several times as long as they may.
        if (list.Work > 0) Rate = Math.Clamp(list.Work / Math.Max(took.TotalSeconds, 1e-4), Rate / 4, Rate * 1.25);
    }
}
