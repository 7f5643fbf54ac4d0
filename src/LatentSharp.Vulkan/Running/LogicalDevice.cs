using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Kernels;
using Thing = LatentSharp.Vulkan.Api.DeviceCalls.Thing;

namespace LatentSharp.Vulkan.Running;

/// <summary>
/// A card at work for this process: the driver's device, its queue, and the kernels that were made so far. Sessions of all threads share
/// it; the queue has a lock. One that was lost stays lost. It ends when the last that holds it lets go: whoever opened it, or a session.
/// </summary>
internal sealed unsafe class LogicalDevice
{
    private readonly nint handle, queue;
    private readonly Lock queueGate = new(), kernelGate = new();
    private readonly Dictionary<Kernel, ulong> pipelines = [];
    private readonly Dictionary<string, ulong> shaders = [];
    private readonly PipelineCacheFile? file;
    private readonly ulong cache;
    private int holders = 1, kept;
    private long heldBytes;

    /// <summary>Opens the card.</summary>
    /// <param name="instance">Through which it was found.</param>
    /// <param name="card">The card.</param>
    /// <param name="cacheFolder">Where made kernels are kept for other processes; null for nowhere.</param>
    /// <param name="fault">See <see cref="DeviceCalls.Fault"/>.</param>
    public LogicalDevice(VulkanInstance instance, VulkanCard card, string? cacheFolder, Func<string, Result?>? fault)
    {
        Card = card;
        float priority = 1;
        var queues = new DeviceQueueCreateInfo
        {
            Type = StructureType.DeviceQueueCreateInfo, FamilyIndex = card.QueueFamily, Count = 1, Priorities = &priority,
        };
        HashSet<string> has = instance.Calls.Extensions(card.Handle);
        using var extensions = new NativeTexts(((string[])["VK_KHR_portability_subset"]).Where(has.Contains));
        var info = new DeviceCreateInfo
        {
            Type = StructureType.DeviceCreateInfo, QueueCount = 1, Queues = &queues,
            ExtensionCount = extensions.Count, Extensions = extensions.First,
        };
        Result result = fault?.Invoke("vkCreateDevice") ?? instance.Calls.CreateDevice(card.Handle, &info, out handle);
        if (result != Result.Success) throw Failure.Of(result, "vkCreateDevice", card);
        Calls = new DeviceCalls(instance.Calls, handle) { Fault = fault };
        queue = Calls.Queue(card.QueueFamily);
        try
        {
            SetLayout = MakeSetLayout();
            PipelineLayout = MakePipelineLayout();
            file = cacheFolder is null ? null : new PipelineCacheFile(cacheFolder, card);
            cache = MakeCache(file?.Read() ?? []);
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>The card.</summary>
    public VulkanCard Card { get; }

    /// <summary>The calls.</summary>
    public DeviceCalls Calls { get; }

    /// <summary>The layout of the buffers of every kernel.</summary>
    public ulong SetLayout { get; }

    /// <summary>The layout of buffers and words of every kernel.</summary>
    public ulong PipelineLayout { get; }

    /// <summary>Whether the driver gave the device up: nothing more can be done with it.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Turns what a call answered into an error, if it is one.</summary>
    /// <param name="result">The answer.</param>
    /// <param name="call">The call.</param>
    /// <param name="doing">What was being done, for the message: the name of a step.</param>
    public void Check(Result result, string call, string? doing = null)
    {
        if (result is Result.Success) return;
        if (result == Result.DeviceLost) IsLost = true;
        throw Failure.Of(result, call, Card, doing);
    }

    /// <summary>The pipeline of a kernel, made when it is asked for the first time.</summary>
    public ulong Pipeline(Kernel kernel)
    {
        lock (kernelGate)
        {
            if (!pipelines.TryGetValue(kernel, out ulong pipeline)) pipelines[kernel] = pipeline = Make(kernel);
            return pipeline;
        }
    }

    /// <summary>Hands a command list to the queue.</summary>
    public void Submit(nint list, ulong fence, string doing)
    {
        Result result;
        lock (queueGate) result = Calls.Commands.Submit(queue, list, fence);
        Check(result, "vkQueueSubmit", doing);
    }

    /// <summary>Keeps the kernels that were made for the next process, if there is a place for them.</summary>
    public void KeepPipelines()
    {
        if (file is null || IsLost) return;
        lock (kernelGate)
        {
            if (kept == pipelines.Count) return;
            kept = pipelines.Count;
            nuint size = 0;
            if (Calls.CacheData(cache, &size, null) != Result.Success || size == 0) return;
            var data = new byte[size];
            fixed (byte* first = data)
                if (Calls.CacheData(cache, &size, first) == Result.Success) file.Write(data.AsSpan(0, (int)size));
        }
    }

    /// <summary>Bytes that sessions hold of the card's memory.</summary>
    public long HeldBytes => Interlocked.Read(ref heldBytes);

    /// <summary>A session took memory, or gave it back.</summary>
    public void Count(long bytes) => Interlocked.Add(ref heldBytes, bytes);

    /// <summary>One more holds it.</summary>
    public void Hold() => Interlocked.Increment(ref holders);

    /// <summary>One that held it lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref holders) > 0) return;
        Calls.WaitIdle();
        foreach (ulong pipeline in pipelines.Values) Calls.Destroy(Thing.Pipeline, pipeline);
        foreach (ulong shader in shaders.Values) Calls.Destroy(Thing.ShaderModule, shader);
        Calls.Destroy(Thing.PipelineCache, cache);
        Calls.Destroy(Thing.PipelineLayout, PipelineLayout);
        Calls.Destroy(Thing.DescriptorSetLayout, SetLayout);
        Calls.Destroy();
    }

    private ulong MakeSetLayout()
    {
        const int storageBuffer = 7;
        const uint compute = 0x20;
        DescriptorSetLayoutBinding* bindings = stackalloc DescriptorSetLayoutBinding[KernelSlots.Count];
        for (uint i = 0; i < KernelSlots.Count; i++)
            bindings[i] = new DescriptorSetLayoutBinding { Binding = i, DescriptorType = storageBuffer, Count = 1, Stages = compute };
        var info = new DescriptorSetLayoutCreateInfo
        {
            Type = StructureType.DescriptorSetLayoutCreateInfo, BindingCount = KernelSlots.Count, Bindings = bindings,
        };
        ulong made;
        Check(Calls.CreateSetLayout(&info, &made), "vkCreateDescriptorSetLayout");
        return made;
    }

    private ulong MakePipelineLayout()
    {
        const uint compute = 0x20;
        var range = new PushConstantRange { Stages = compute, Size = KernelSlots.Words * sizeof(uint) };
        ulong sets = SetLayout, made;
        var info = new PipelineLayoutCreateInfo
        {
            Type = StructureType.PipelineLayoutCreateInfo, SetLayoutCount = 1, SetLayouts = &sets, PushConstantRangeCount = 1,
            PushConstantRanges = &range,
        };
        Check(Calls.CreatePipelineLayout(&info, &made), "vkCreatePipelineLayout");
        return made;
    }

    private ulong MakeCache(byte[] data)
    {
        ulong made;
        fixed (byte* first = data)
        {
            var info = new PipelineCacheCreateInfo
            {
                Type = StructureType.PipelineCacheCreateInfo, DataSize = (nuint)data.Length, Data = first,
            };
            Check(Calls.CreateCache(&info, &made), "vkCreatePipelineCache");
        }
        return made;
    }

    private ulong Make(Kernel kernel)
    {
        if (!shaders.TryGetValue(kernel.Shader, out ulong module)) shaders[kernel.Shader] = module = MakeShader(kernel.Shader);
        uint[] constants = [.. kernel.Constants];
        SpecializationMapEntry* entries = stackalloc SpecializationMapEntry[constants.Length];
        for (int i = 0; i < constants.Length; i++)
            entries[i] = new SpecializationMapEntry { ConstantId = (uint)i, Offset = (uint)i * sizeof(uint), Size = sizeof(uint) };
        ulong made;
        fixed (uint* values = constants)
        fixed (byte* main = "main\0"u8)
        {
            var specialization = new SpecializationInfo
            {
                EntryCount = (uint)constants.Length, Entries = entries, DataSize = (nuint)constants.Length * sizeof(uint), Data = values,
            };
            var info = new ComputePipelineCreateInfo
            {
                Type = StructureType.ComputePipelineCreateInfo, Layout = PipelineLayout, BasePipelineIndex = -1,
                Stage = new PipelineShaderStageCreateInfo
                {
                    Type = StructureType.PipelineShaderStageCreateInfo, Stage = 0x20, Module = module, EntryPoint = main,
                    Specialization = &specialization,
                },
            };
            Check(Calls.CreatePipeline(cache, &info, &made), "vkCreateComputePipelines", kernel.Shader);
        }
        return made;
    }

    private ulong MakeShader(string name)
    {
        byte[] code = Shader.Read(name);
        ulong made;
        fixed (byte* first = code)
        {
            var info = new ShaderModuleCreateInfo
            {
                Type = StructureType.ShaderModuleCreateInfo, CodeSize = (nuint)code.Length, Code = first,
            };
            Check(Calls.CreateShader(&info, &made), "vkCreateShaderModule", name);
        }
        return made;
    }
}
