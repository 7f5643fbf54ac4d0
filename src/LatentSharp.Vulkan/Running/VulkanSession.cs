using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;
using LatentSharp.Vulkan.Planning;
using Thing = LatentSharp.Vulkan.Api.DeviceCalls.Thing;

namespace LatentSharp.Vulkan.Running;

/// <summary>A plan at work on a card: its memory, its weights, and what tells the kernels where their buffers are.</summary>
internal sealed unsafe class VulkanSession : PlanSession
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), PatienceWithSoftware = TimeSpan.FromSeconds(120);

    private readonly VulkanPlan plan;
    private readonly LogicalDevice device;
    private readonly CardMemoryBlocks? memory;
    private readonly CommandLists? lists;
    private readonly ulong descriptors;
    private readonly Dictionary<Dispatch, Ready> ready = [];
    private readonly double[] done;
    private bool hasWeights;
    private long wrongValues;

    // A dispatch with all that the driver is told: pipeline, buffers, words, workgroups.
    private readonly record struct Ready(ulong Pipeline, ulong Set, uint[] Words, (uint X, uint Y) Groups);

    public VulkanSession(VulkanPlan plan, LogicalDevice device) : base(plan)
    {
        (this.plan, this.device) = (plan, device);
        device.Hold();
        double all = plan.Commands.Sum(c => (double)c.Work), sum = 0;
        done = [.. plan.Commands.Select(c => (sum += c.Work) / all)];
        try
        {
            memory = new CardMemoryBlocks(device, plan.Memory.Blocks, plan.StagingBytes);
            lists = new CommandLists(device, plan.Limits.DispatchWork,
                device.Card.Kind == VulkanCardKind.Software ? PatienceWithSoftware : Patience);
            Dispatch[] dispatches = [.. plan.Commands.OfType<Dispatch>()];
            if (dispatches.Length > 0)
            {
                descriptors = MakePool((uint)dispatches.Length);
                foreach (Dispatch dispatch in dispatches) ready[dispatch] = Prepare(dispatch);
                device.KeepPipelines();
            }
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>What the session holds of the card's memory, as the driver counts.</summary>
    internal long AllocatedBytes => memory!.Allocated;

    /// <summary>The longest time that the card was busy with one list.</summary>
    internal TimeSpan LongestSubmission => lists!.Longest;

    /// <inheritdoc/>
    protected override void Compute(nint[] inputs, nint[] outputs, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        if (device.IsLost) throw Failure.Of(Result.DeviceLost, "an earlier run", device.Card);
        try
        {
            if (!hasWeights) FillWeights(cancellationToken);
            (hasWeights, wrongValues) = (true, 0);
            for (int i = 0; i < plan.Commands.Count; i++)
            {
                Command command = plan.Commands[i];
                string name = plan.StepNames[command.Step];
                bool over = true;
                switch (command)
                {
                    case WeightUpload upload: Fill(upload.Weights, cancellationToken); break;
                    case Upload upload: Give(upload, (float*)inputs[upload.Input], name); break;
                    case Download download: Take(download, (float*)outputs[download.Output], name); break;
                    case Dispatch dispatch: over = Run(dispatch, name); break;
                    case Clear clear: Empty(clear.Uses[0], name); break;
                    case OverflowCheck check: Look(check.Uses[0], name); break;
                }
                if (!over) continue;
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new StepProgress(done[i], name));
            }
            // No black picture, whatever made it.
            if (wrongValues > 0) throw NotFinite.Results(plan, wrongValues);
        }
        catch
        {
            lists!.Abandon();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        lists?.Dispose();
        device.Calls.Destroy(Thing.DescriptorPool, descriptors);
        memory?.Dispose();
        device.Release();
    }

    private bool Run(Dispatch dispatch, string name)
    {
        nint list = lists!.List;
        if (dispatch.HasBarrier) device.Calls.Commands.Barrier(list);
        Ready r = ready[dispatch];
        device.Calls.Commands.Dispatch(list, r.Pipeline, device.PipelineLayout, r.Set, r.Words, r.Groups);
        return lists.Add(dispatch.Work, name);
    }

    // The caller's values, in the order in which the caller keeps them, piece by piece.
    private void Give(Upload upload, float* values, string name)
    {
        Input input = plan.Graph.Inputs[upload.Input];
        Use use = upload.Uses[0];
        if (plan.LookedUp.TryGetValue(upload.Input, out Embedding? table)) CheckNumbers(table, values);
        foreach ((long first, long count) in Pieces(input.Shape))
        {
            Transposition.Give(values, (float*)memory!.Address, input.Shape, input.Layout, first, count);
            long row = input.Shape.Channels * (long)sizeof(float);
            Copy(toCard: true, use, first * row, count * row, name);
        }
    }

    private static void CheckNumbers(Embedding table, float* values)
    {
        for (long token = 0; token < table.Ids.Shape.Count; token++)
            if (!(values[token] >= 0 && values[token] < table.Weight.Shape[0]))
                throw new LatentSharpException(ErrorKind.BadInput, table.Ids.Name,
                    $"token {token} is {values[token]}; {table.Weight.Name} has rows 0 to {table.Weight.Shape[0] - 1}.");
    }

    private void Take(Download download, float* values, string name)
    {
        Output output = plan.Graph.Outputs[download.Output];
        Use use = download.Uses[0];
        foreach ((long first, long count) in Pieces(output.Shape))
        {
            long row = output.Shape.Channels * (long)sizeof(float);
            Copy(toCard: false, use, first * row, count * row, name);
            wrongValues += NotFinite.Count(new ReadOnlySpan<float>((void*)memory!.Address, checked((int)(count * output.Shape.Channels))));
            Transposition.Take((float*)memory!.Address, values, output.Shape, output.Layout, first, count);
        }
    }

    private void Empty(Use use, string name)
    {
        new Span<byte>((void*)memory!.Address, (int)use.Length).Clear();
        Copy(toCard: true, use, 0, use.Length, name);
    }

    private void Look(Use use, string name)
    {
        Copy(toCard: false, use, 0, use.Length, name);
        int step = new ReadOnlySpan<uint>((void*)memory!.Address, (int)use.Length / sizeof(uint)).IndexOfAnyExcept(0u);
        if (step >= 0) throw NotFinite.Step(plan, step);
    }

    private IEnumerable<(long First, long Count)> Pieces(FeatureShape shape)
    {
        long most = Math.Max(1, memory!.StagingBytes / sizeof(float) / shape.Channels);
        for (long first = 0; first < shape.Positions; first += most) yield return (first, Math.Min(most, shape.Positions - first));
    }

    private void Copy(bool toCard, Use use, long offset, long length, string name)
    {
        lists!.Finish(name);
        nint list = lists.List;
        device.Calls.Commands.Barrier(list);
        ulong card = memory![use.Storage.Block];
        long at = use.Start + offset;
        CommandCalls calls = device.Calls.Commands;
        if (toCard) calls.Copy(list, memory.Staging, card, new BufferCopy { Destination = (ulong)at, Size = (ulong)length });
        else
        {
            calls.Copy(list, card, memory.Staging, new BufferCopy { Source = (ulong)at, Size = (ulong)length });
            calls.BarrierForHost(list);
        }
        lists.Finish(name);
    }

    private void FillWeights(CancellationToken cancellationToken)
    {
        foreach (WeightStorage weights in plan.Weights) Fill(weights, cancellationToken);
        // Weights that stay are no part of the commands between which barriers stand.
        device.Calls.Commands.Barrier(lists!.List);
    }

    // While they are read the card computes what it was given before.
    private void Fill(WeightStorage weights, CancellationToken cancellationToken)
    {
        for (long offset = 0; offset < weights.Bytes; offset += memory!.StagingBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = (int)Math.Min(memory!.StagingBytes, weights.Bytes - offset);
            weights.Form.Fill(offset, new Span<byte>((void*)memory.Address, length));
            Copy(toCard: true, new Use(0, weights, 0, weights.Bytes, Writes: true), offset, length, weights.Name);
        }
        weights.Form.Finish();
    }

    private ulong MakePool(uint sets)
    {
        const int storageBuffer = 7;
        var size = new DescriptorPoolSize { DescriptorType = storageBuffer, Count = sets * KernelSlots.Count };
        var info = new DescriptorPoolCreateInfo
        {
            Type = StructureType.DescriptorPoolCreateInfo, MaxSets = sets, SizeCount = 1, Sizes = &size,
        };
        ulong made;
        device.Check(device.Calls.CreateDescriptorPool(&info, &made), "vkCreateDescriptorPool");
        return made;
    }

    private Ready Prepare(Dispatch dispatch)
    {
        const int storageBuffer = 7;
        ulong layout = device.SetLayout, set;
        var allocate = new DescriptorSetAllocateInfo
        {
            Type = StructureType.DescriptorSetAllocateInfo, Pool = descriptors, Count = 1, Layouts = &layout,
        };
        device.Check(device.Calls.AllocateSets(&allocate, &set), "vkAllocateDescriptorSets");
        var words = new uint[KernelSlots.Words];
        dispatch.Words.CopyTo(words, KernelSlots.Count);
        DescriptorBufferInfo* buffers = stackalloc DescriptorBufferInfo[KernelSlots.Count];
        WriteDescriptorSet* writes = stackalloc WriteDescriptorSet[KernelSlots.Count];
        // Every place gets a buffer: those that a kernel does not look at, the first; where it would write, what it writes anyway.
        Use written = dispatch.Uses.First(u => u.Writes);
        for (uint slot = 0; slot < KernelSlots.Count; slot++)
        {
            Use use = dispatch.Uses.FirstOrDefault(u => u.Slot == slot, slot == KernelSlots.Overflow ? written : dispatch.Uses[0]);
            long start = use.Start / plan.Limits.Alignment * plan.Limits.Alignment;
            words[slot] = (uint)((use.Start - start) / sizeof(float));
            buffers[slot] = new DescriptorBufferInfo
            {
                Buffer = memory![use.Storage.Block], Offset = (ulong)start, Range = (ulong)(use.End - start),
            };
            writes[slot] = new WriteDescriptorSet
            {
                Type = StructureType.WriteDescriptorSet, Set = set, Binding = slot, Count = 1, DescriptorType = storageBuffer,
                Buffers = buffers + slot,
            };
        }
        device.Calls.UpdateSets(KernelSlots.Count, writes);
        uint across = (uint)Math.Min(dispatch.Groups, plan.Limits.Groups);
        return new Ready(device.Pipeline(dispatch.Kernel), set, words, (across, (uint)((dispatch.Groups + across - 1) / across)));
    }
}
