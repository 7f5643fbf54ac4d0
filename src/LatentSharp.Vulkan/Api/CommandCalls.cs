namespace LatentSharp.Vulkan.Api;

/// <summary>The calls that write command lists and hand them to the queue.</summary>
internal sealed unsafe class CommandCalls
{
    /// <summary>The stage in which kernels run, that in which copies run, and the processor's.</summary>
    public const uint ComputeStage = 0x800, TransferStage = 0x1000, HostStage = 0x4000;

    private const uint ShaderRead = 0x20, ShaderWrite = 0x40, TransferRead = 0x800, TransferWrite = 0x1000, HostRead = 0x2000;

    private readonly DeviceCalls device;
    private readonly delegate* unmanaged<nint, CommandBufferBeginInfo*, Result> begin;
    private readonly delegate* unmanaged<nint, Result> end;
    private readonly delegate* unmanaged<nint, int, ulong, void> bindPipeline;
    private readonly delegate* unmanaged<nint, int, ulong, uint, uint, ulong*, uint, uint*, void> bindSets;
    private readonly delegate* unmanaged<nint, ulong, uint, uint, uint, void*, void> push;
    private readonly delegate* unmanaged<nint, uint, uint, uint, void> dispatch;
    private readonly delegate* unmanaged<nint, uint, uint, uint, uint, MemoryBarrier*, uint, void*, uint, void*, void> barrier;
    private readonly delegate* unmanaged<nint, ulong, ulong, uint, BufferCopy*, void> copy;
    private readonly delegate* unmanaged<nint, uint, SubmitInfo*, ulong, Result> submit;

    /// <summary>Looks the calls up.</summary>
    public CommandCalls(Func<string, nint> find, DeviceCalls device)
    {
        this.device = device;
        begin = (delegate* unmanaged<nint, CommandBufferBeginInfo*, Result>)find("vkBeginCommandBuffer");
        end = (delegate* unmanaged<nint, Result>)find("vkEndCommandBuffer");
        bindPipeline = (delegate* unmanaged<nint, int, ulong, void>)find("vkCmdBindPipeline");
        bindSets = (delegate* unmanaged<nint, int, ulong, uint, uint, ulong*, uint, uint*, void>)find("vkCmdBindDescriptorSets");
        push = (delegate* unmanaged<nint, ulong, uint, uint, uint, void*, void>)find("vkCmdPushConstants");
        dispatch = (delegate* unmanaged<nint, uint, uint, uint, void>)find("vkCmdDispatch");
        barrier = (delegate* unmanaged<nint, uint, uint, uint, uint, MemoryBarrier*, uint, void*, uint, void*, void>)find("vkCmdPipelineBarrier");
        copy = (delegate* unmanaged<nint, ulong, ulong, uint, BufferCopy*, void>)find("vkCmdCopyBuffer");
        submit = (delegate* unmanaged<nint, uint, SubmitInfo*, ulong, Result>)find("vkQueueSubmit");
    }

    public Result Begin(nint list)
    {
        const uint once = 1;
        var info = new CommandBufferBeginInfo { Type = StructureType.CommandBufferBeginInfo, Flags = once };
        return device.Fault?.Invoke("vkBeginCommandBuffer") ?? begin(list, &info);
    }

    public Result End(nint list) => device.Fault?.Invoke("vkEndCommandBuffer") ?? end(list);

    /// <summary>A kernel with its buffers and words.</summary>
    public void Dispatch(nint list, ulong pipeline, ulong layout, ulong set, ReadOnlySpan<uint> words, (uint X, uint Y) groups)
    {
        const int compute = 1;
        const uint stage = 0x20;
        bindPipeline(list, compute, pipeline);
        bindSets(list, compute, layout, 0, 1, &set, 0, null);
        fixed (uint* first = words) push(list, layout, stage, 0, (uint)words.Length * sizeof(uint), first);
        dispatch(list, groups.X, groups.Y, 1);
    }

    /// <summary>What comes after sees what was written before, and writes only after that was read.</summary>
    public void Barrier(nint list)
    {
        var memory = new MemoryBarrier
        {
            Type = StructureType.MemoryBarrier, SourceAccess = ShaderRead | ShaderWrite | TransferRead | TransferWrite,
            DestinationAccess = ShaderRead | ShaderWrite | TransferRead | TransferWrite,
        };
        barrier(list, ComputeStage | TransferStage, ComputeStage | TransferStage, 0, 1, &memory, 0, null, 0, null);
    }

    /// <summary>The processor sees what copies wrote, once the fence is signalled.</summary>
    public void BarrierForHost(nint list)
    {
        var memory = new MemoryBarrier { Type = StructureType.MemoryBarrier, SourceAccess = TransferWrite, DestinationAccess = HostRead };
        barrier(list, TransferStage, HostStage, 0, 1, &memory, 0, null, 0, null);
    }

    public void Copy(nint list, ulong source, ulong target, BufferCopy range) => copy(list, source, target, 1, &range);

    public Result Submit(nint queue, nint list, ulong fence)
    {
        var info = new SubmitInfo { Type = StructureType.SubmitInfo, CommandBufferCount = 1, CommandBuffers = &list };
        return device.Fault?.Invoke("vkQueueSubmit") ?? submit(queue, 1, &info, fence);
    }
}
