namespace LatentSharp.Vulkan.Api;

/// <summary>The calls of a logical device that make and end things. Those of command lists stand in <see cref="CommandCalls"/>.</summary>
internal sealed unsafe class DeviceCalls
{
    private readonly nint device;
    private readonly delegate* unmanaged<nint, void*, void> destroyDevice;
    private readonly delegate* unmanaged<nint, uint, uint, nint*, void> getQueue;
    private readonly delegate* unmanaged<nint, Result> waitIdle;
    private readonly delegate* unmanaged<nint, BufferCreateInfo*, void*, ulong*, Result> createBuffer;
    private readonly delegate* unmanaged<nint, ulong, MemoryRequirements*, void> getRequirements;
    private readonly delegate* unmanaged<nint, MemoryAllocateInfo*, void*, ulong*, Result> allocateMemory;
    private readonly delegate* unmanaged<nint, ulong, ulong, ulong, Result> bindMemory;
    private readonly delegate* unmanaged<nint, ulong, ulong, ulong, uint, void**, Result> mapMemory;
    private readonly delegate* unmanaged<nint, ShaderModuleCreateInfo*, void*, ulong*, Result> createShader;
    private readonly delegate* unmanaged<nint, DescriptorSetLayoutCreateInfo*, void*, ulong*, Result> createSetLayout;
    private readonly delegate* unmanaged<nint, PipelineLayoutCreateInfo*, void*, ulong*, Result> createPipelineLayout;
    private readonly delegate* unmanaged<nint, PipelineCacheCreateInfo*, void*, ulong*, Result> createCache;
    private readonly delegate* unmanaged<nint, ulong, nuint*, void*, Result> getCacheData;
    private readonly delegate* unmanaged<nint, ulong, uint, ComputePipelineCreateInfo*, void*, ulong*, Result> createPipelines;
    private readonly delegate* unmanaged<nint, DescriptorPoolCreateInfo*, void*, ulong*, Result> createDescriptorPool;
    private readonly delegate* unmanaged<nint, DescriptorSetAllocateInfo*, ulong*, Result> allocateSets;
    private readonly delegate* unmanaged<nint, uint, WriteDescriptorSet*, uint, void*, void> updateSets;
    private readonly delegate* unmanaged<nint, CommandPoolCreateInfo*, void*, ulong*, Result> createCommandPool;
    private readonly delegate* unmanaged<nint, CommandBufferAllocateInfo*, nint*, Result> allocateCommands;
    private readonly delegate* unmanaged<nint, FenceCreateInfo*, void*, ulong*, Result> createFence;
    private readonly delegate* unmanaged<nint, uint, ulong*, Result> resetFences;
    private readonly delegate* unmanaged<nint, uint, ulong*, uint, ulong, Result> waitForFences;
    private readonly Dictionary<Thing, nint> destroyers = [];

    /// <summary>Looks the calls up.</summary>
    public DeviceCalls(InstanceCalls instance, nint device)
    {
        this.device = device;
        destroyDevice = (delegate* unmanaged<nint, void*, void>)Need("vkDestroyDevice");
        getQueue = (delegate* unmanaged<nint, uint, uint, nint*, void>)Need("vkGetDeviceQueue");
        waitIdle = (delegate* unmanaged<nint, Result>)Need("vkDeviceWaitIdle");
        createBuffer = (delegate* unmanaged<nint, BufferCreateInfo*, void*, ulong*, Result>)Need("vkCreateBuffer");
        getRequirements = (delegate* unmanaged<nint, ulong, MemoryRequirements*, void>)Need("vkGetBufferMemoryRequirements");
        allocateMemory = (delegate* unmanaged<nint, MemoryAllocateInfo*, void*, ulong*, Result>)Need("vkAllocateMemory");
        bindMemory = (delegate* unmanaged<nint, ulong, ulong, ulong, Result>)Need("vkBindBufferMemory");
        mapMemory = (delegate* unmanaged<nint, ulong, ulong, ulong, uint, void**, Result>)Need("vkMapMemory");
        createShader = (delegate* unmanaged<nint, ShaderModuleCreateInfo*, void*, ulong*, Result>)Need("vkCreateShaderModule");
        createSetLayout = (delegate* unmanaged<nint, DescriptorSetLayoutCreateInfo*, void*, ulong*, Result>)Need("vkCreateDescriptorSetLayout");
        createPipelineLayout = (delegate* unmanaged<nint, PipelineLayoutCreateInfo*, void*, ulong*, Result>)Need("vkCreatePipelineLayout");
        createCache = (delegate* unmanaged<nint, PipelineCacheCreateInfo*, void*, ulong*, Result>)Need("vkCreatePipelineCache");
        getCacheData = (delegate* unmanaged<nint, ulong, nuint*, void*, Result>)Need("vkGetPipelineCacheData");
        createPipelines = (delegate* unmanaged<nint, ulong, uint, ComputePipelineCreateInfo*, void*, ulong*, Result>)Need("vkCreateComputePipelines");
        createDescriptorPool = (delegate* unmanaged<nint, DescriptorPoolCreateInfo*, void*, ulong*, Result>)Need("vkCreateDescriptorPool");
        allocateSets = (delegate* unmanaged<nint, DescriptorSetAllocateInfo*, ulong*, Result>)Need("vkAllocateDescriptorSets");
        updateSets = (delegate* unmanaged<nint, uint, WriteDescriptorSet*, uint, void*, void>)Need("vkUpdateDescriptorSets");
        createCommandPool = (delegate* unmanaged<nint, CommandPoolCreateInfo*, void*, ulong*, Result>)Need("vkCreateCommandPool");
        allocateCommands = (delegate* unmanaged<nint, CommandBufferAllocateInfo*, nint*, Result>)Need("vkAllocateCommandBuffers");
        createFence = (delegate* unmanaged<nint, FenceCreateInfo*, void*, ulong*, Result>)Need("vkCreateFence");
        resetFences = (delegate* unmanaged<nint, uint, ulong*, Result>)Need("vkResetFences");
        waitForFences = (delegate* unmanaged<nint, uint, ulong*, uint, ulong, Result>)Need("vkWaitForFences");
        foreach (Thing thing in Enum.GetValues<Thing>())
            destroyers[thing] = (nint)Need(thing == Thing.Memory ? "vkFreeMemory" : "vkDestroy" + thing);
        Commands = new CommandCalls(name => (nint)instance.FindDeviceCall(device, name), this);

        void* Need(string name)
        {
            void* call = instance.FindDeviceCall(device, name);
            return call != null ? call : throw new LatentSharpException(ErrorKind.NotFound, "Vulkan", $"the driver does not know {name}.",
                "Install the current driver of the graphics card.");
        }
    }

    /// <summary>What is ended, by the names of the specification.</summary>
    public enum Thing
    {
        Buffer, Memory, ShaderModule, DescriptorSetLayout, PipelineLayout, PipelineCache, Pipeline, DescriptorPool, CommandPool, Fence,
    }

    /// <summary>The calls of command lists.</summary>
    public CommandCalls Commands { get; }

    /// <summary>
    /// Answers in the place of the driver where it gives an answer for the name of a call: how failures are tested. Null otherwise.
    /// </summary>
    public Func<string, Result?>? Fault { get; set; }

    public void Destroy() => destroyDevice(device, null);

    public void Destroy(Thing thing, ulong handle)
    {
        if (handle != 0) ((delegate* unmanaged<nint, ulong, void*, void>)destroyers[thing])(device, handle, null);
    }

    public nint Queue(uint family)
    {
        nint queue;
        getQueue(device, family, 0, &queue);
        return queue;
    }

    public Result WaitIdle() => waitIdle(device);

    public Result CreateBuffer(BufferCreateInfo* info, ulong* made)
        => Fault?.Invoke("vkCreateBuffer") ?? createBuffer(device, info, null, made);

    public MemoryRequirements Requirements(ulong buffer)
    {
        MemoryRequirements requirements;
        getRequirements(device, buffer, &requirements);
        return requirements;
    }

    public Result AllocateMemory(MemoryAllocateInfo* info, ulong* made)
        => Fault?.Invoke("vkAllocateMemory") ?? allocateMemory(device, info, null, made);

    public Result BindMemory(ulong buffer, ulong memory) => Fault?.Invoke("vkBindBufferMemory") ?? bindMemory(device, buffer, memory, 0);

    public Result MapMemory(ulong memory, ulong size, void** address)
        => Fault?.Invoke("vkMapMemory") ?? mapMemory(device, memory, 0, size, 0, address);

    public Result CreateShader(ShaderModuleCreateInfo* info, ulong* made)
        => Fault?.Invoke("vkCreateShaderModule") ?? createShader(device, info, null, made);

    public Result CreateSetLayout(DescriptorSetLayoutCreateInfo* info, ulong* made)
        => Fault?.Invoke("vkCreateDescriptorSetLayout") ?? createSetLayout(device, info, null, made);

    public Result CreatePipelineLayout(PipelineLayoutCreateInfo* info, ulong* made)
        => Fault?.Invoke("vkCreatePipelineLayout") ?? createPipelineLayout(device, info, null, made);

    public Result CreateCache(PipelineCacheCreateInfo* info, ulong* made)
        => Fault?.Invoke("vkCreatePipelineCache") ?? createCache(device, info, null, made);

    public Result CacheData(ulong cache, nuint* size, void* data)
        => Fault?.Invoke("vkGetPipelineCacheData") ?? getCacheData(device, cache, size, data);

    public Result CreatePipeline(ulong cache, ComputePipelineCreateInfo* info, ulong* made)
        => Fault?.Invoke("vkCreateComputePipelines") ?? createPipelines(device, cache, 1, info, null, made);

    public Result CreateDescriptorPool(DescriptorPoolCreateInfo* info, ulong* made)
        => Fault?.Invoke("vkCreateDescriptorPool") ?? createDescriptorPool(device, info, null, made);

    public Result AllocateSets(DescriptorSetAllocateInfo* info, ulong* made)
        => Fault?.Invoke("vkAllocateDescriptorSets") ?? allocateSets(device, info, made);

    public void UpdateSets(uint count, WriteDescriptorSet* writes) => updateSets(device, count, writes, 0, null);

    public Result CreateCommandPool(CommandPoolCreateInfo* info, ulong* made)
        => Fault?.Invoke("vkCreateCommandPool") ?? createCommandPool(device, info, null, made);

    public Result AllocateCommands(CommandBufferAllocateInfo* info, nint* made)
        => Fault?.Invoke("vkAllocateCommandBuffers") ?? allocateCommands(device, info, made);

    public Result CreateFence(FenceCreateInfo* info, ulong* made) => Fault?.Invoke("vkCreateFence") ?? createFence(device, info, null, made);

    public Result ResetFence(ulong fence) => Fault?.Invoke("vkResetFences") ?? resetFences(device, 1, &fence);

    public Result WaitForFence(ulong fence, TimeSpan longest)
        => Fault?.Invoke("vkWaitForFences") ?? waitForFences(device, 1, &fence, 1, (ulong)longest.TotalNanoseconds);
}
