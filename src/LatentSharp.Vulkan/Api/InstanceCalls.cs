namespace LatentSharp.Vulkan.Api;

/// <summary>The calls of an instance: what cards there are, and the way to a device.</summary>
internal sealed unsafe class InstanceCalls
{
    private readonly nint instance;
    private readonly delegate* unmanaged<nint, void*, void> destroyInstance;
    private readonly delegate* unmanaged<nint, uint*, nint*, Result> enumeratePhysicalDevices;
    private readonly delegate* unmanaged<nint, PhysicalDeviceProperties2*, void> getProperties;
    private readonly delegate* unmanaged<nint, PhysicalDeviceMemoryProperties2*, void> getMemory;
    private readonly delegate* unmanaged<nint, uint*, QueueFamilyProperties*, void> getQueueFamilies;
    private readonly delegate* unmanaged<nint, byte*, uint*, ExtensionProperties*, Result> enumerateExtensions;
    private readonly delegate* unmanaged<nint, DeviceCreateInfo*, void*, nint*, Result> createDevice;
    private readonly delegate* unmanaged<nint, byte*, void*> getDeviceProcAddr;
    private readonly delegate* unmanaged<nint, DebugUtilsMessengerCreateInfo*, void*, ulong*, Result> createMessenger;
    private readonly delegate* unmanaged<nint, ulong, void*, void> destroyMessenger;

    /// <summary>Looks the calls up.</summary>
    /// <param name="instance">The instance.</param>
    public InstanceCalls(nint instance)
    {
        this.instance = instance;
        destroyInstance = (delegate* unmanaged<nint, void*, void>)Need("vkDestroyInstance");
        enumeratePhysicalDevices = (delegate* unmanaged<nint, uint*, nint*, Result>)Need("vkEnumeratePhysicalDevices");
        getProperties = (delegate* unmanaged<nint, PhysicalDeviceProperties2*, void>)Need("vkGetPhysicalDeviceProperties2");
        getMemory = (delegate* unmanaged<nint, PhysicalDeviceMemoryProperties2*, void>)Need("vkGetPhysicalDeviceMemoryProperties2");
        getQueueFamilies = (delegate* unmanaged<nint, uint*, QueueFamilyProperties*, void>)Need("vkGetPhysicalDeviceQueueFamilyProperties");
        enumerateExtensions = (delegate* unmanaged<nint, byte*, uint*, ExtensionProperties*, Result>)Need("vkEnumerateDeviceExtensionProperties");
        createDevice = (delegate* unmanaged<nint, DeviceCreateInfo*, void*, nint*, Result>)Need("vkCreateDevice");
        getDeviceProcAddr = (delegate* unmanaged<nint, byte*, void*>)Need("vkGetDeviceProcAddr");
        createMessenger = (delegate* unmanaged<nint, DebugUtilsMessengerCreateInfo*, void*, ulong*, Result>)Loader.Find(instance,
            "vkCreateDebugUtilsMessengerEXT");
        destroyMessenger = (delegate* unmanaged<nint, ulong, void*, void>)Loader.Find(instance, "vkDestroyDebugUtilsMessengerEXT");
    }

    /// <summary>Handles of the cards.</summary>
    public nint[] PhysicalDevices()
    {
        uint count = 0;
        if (enumeratePhysicalDevices(instance, &count, null) < 0 || count == 0) return [];
        var handles = new nint[count];
        fixed (nint* first = handles)
            if (enumeratePhysicalDevices(instance, &count, first) < 0) return [];
        return handles[..(int)count];
    }

    /// <summary>Fills a chain of properties.</summary>
    public void Properties(nint card, PhysicalDeviceProperties2* chain) => getProperties(card, chain);

    /// <summary>Fills a chain of memory properties.</summary>
    public void Memory(nint card, PhysicalDeviceMemoryProperties2* chain) => getMemory(card, chain);

    /// <summary>The families of queues of a card.</summary>
    public QueueFamilyProperties[] QueueFamilies(nint card)
    {
        uint count = 0;
        getQueueFamilies(card, &count, null);
        var families = new QueueFamilyProperties[count];
        fixed (QueueFamilyProperties* first = families) getQueueFamilies(card, &count, first);
        return families;
    }

    /// <summary>The names of the extensions of a card.</summary>
    public HashSet<string> Extensions(nint card)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        uint count = 0;
        if (enumerateExtensions(card, null, &count, null) < 0) return names;
        var all = new ExtensionProperties[count];
        fixed (ExtensionProperties* first = all)
        {
            if (enumerateExtensions(card, null, &count, first) < 0) return names;
            for (uint i = 0; i < count; i++) names.Add(Loader.Text(first[i].Name));
        }
        return names;
    }

    /// <summary>Makes a logical device.</summary>
    public Result CreateDevice(nint card, DeviceCreateInfo* info, out nint device)
    {
        nint made = 0;
        Result result = createDevice(card, info, null, &made);
        device = made;
        return result;
    }

    /// <summary>The address of a call of a device; null where it has none.</summary>
    public void* FindDeviceCall(nint device, string name)
    {
        fixed (byte* text = Loader.Text(name)) return getDeviceProcAddr(device, text);
    }

    /// <summary>Asks for messages of the validation layer; 0 where there is none.</summary>
    public ulong CreateMessenger(DebugUtilsMessengerCreateInfo* info)
    {
        ulong messenger = 0;
        if (createMessenger != null) createMessenger(instance, info, null, &messenger);
        return messenger;
    }

    /// <summary>Ends the messages and the instance.</summary>
    public void Destroy(ulong messenger)
    {
        if (messenger != 0 && destroyMessenger != null) destroyMessenger(instance, messenger, null);
        destroyInstance(instance, null);
    }

    private void* Need(string name)
    {
        void* call = Loader.Find(instance, name);
        return call != null ? call : throw new LatentSharpException(ErrorKind.NotFound, "Vulkan",
            $"the loader of this system does not know {name}; Vulkan 1.1 is needed.", "Install the current driver of the graphics card.");
    }
}
