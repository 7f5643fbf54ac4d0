using System.Runtime.InteropServices;

namespace LatentSharp.Vulkan.Api;

/// <summary>
/// The connection of this process to the loader, through which its cards are found. It stays for the life of the process.
/// </summary>
internal sealed unsafe class VulkanInstance : IDisposable
{
    private const uint Version11 = 1 << 22 | 1 << 12, EnumeratePortability = 1;
    private const string Portability = "VK_KHR_portability_enumeration", DebugUtils = "VK_EXT_debug_utils",
        ValidationLayer = "VK_LAYER_KHRONOS_validation";

    private static readonly Lock Gate = new();
    private static VulkanInstance? shared;
    private static int messages;

    private readonly nint handle;
    private readonly ulong messenger;

    private VulkanInstance(nint handle, bool validates)
    {
        this.handle = handle;
        Calls = new InstanceCalls(handle);
        if (!validates) return;
        var info = new DebugUtilsMessengerCreateInfo
        {
            Type = StructureType.DebugUtilsMessengerCreateInfo, Severity = 0x1000 | 0x100, MessageType = 0x2 | 0x4, Callback = &Heard,
        };
        messenger = Calls.CreateMessenger(&info);
    }

    /// <summary>The calls.</summary>
    public InstanceCalls Calls { get; }

    /// <summary>Whether the validation layer listens.</summary>
    public bool Validates => messenger != 0;

    /// <summary>What the validation layer said last, and how often it spoke; null and 0 are well.</summary>
    public static (string? Last, int Count) Messages => (LastMessage, Volatile.Read(ref messages));

    private static string? LastMessage { get; set; }

    /// <summary>The instance of the process.</summary>
    /// <exception cref="LatentSharpException">There is no loader or no driver: the message says which, and what to install.</exception>
    public static VulkanInstance Shared
    {
        get
        {
            lock (Gate) return shared ??= Create(validates: false);
        }
    }

    /// <summary>Makes an instance.</summary>
    /// <param name="validates">Whether calls go through the validation layer, where it is installed.</param>
    /// <exception cref="LatentSharpException">There is no loader or no driver.</exception>
    public static VulkanInstance Create(bool validates)
    {
        if (!Loader.IsThere) throw Absence.OfLoader();
        var create = (delegate* unmanaged<InstanceCreateInfo*, void*, nint*, Result>)Loader.Find(0, "vkCreateInstance");
        if (create == null) throw Absence.OfLoader();
        HashSet<string> extensions = Extensions();
        bool layered = validates && Layers().Contains(ValidationLayer);
        List<string> wanted = [];
        if (extensions.Contains(Portability)) wanted.Add(Portability);
        if (layered) wanted.Add(DebugUtils);
        using var names = new NativeTexts(wanted);
        using var layers = new NativeTexts(layered ? [ValidationLayer] : []);
        int synchronisation = 4;
        var features = new ValidationFeatures
        {
            Type = StructureType.ValidationFeatures, EnabledCount = 1, Enabled = &synchronisation,
        };
        fixed (byte* name = "LatentSharp\0"u8)
        {
            var application = new ApplicationInfo
            {
                Type = StructureType.ApplicationInfo, ApplicationName = name, EngineName = name, ApiVersion = Version11,
            };
            var info = new InstanceCreateInfo
            {
                Type = StructureType.InstanceCreateInfo, Next = layered ? &features : null, ApplicationInfo = &application,
                Flags = wanted.Contains(Portability) ? EnumeratePortability : 0,
                ExtensionCount = names.Count, Extensions = names.First, LayerCount = layers.Count, Layers = layers.First,
            };
            nint made;
            Result result = create(&info, null, &made);
            return result == Result.Success ? new VulkanInstance(made, layered) : throw Absence.OfDriver(result);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Calls.Destroy(messenger);

    [UnmanagedCallersOnly]
    private static uint Heard(uint severity, uint type, DebugUtilsMessengerCallbackData* data, void* user)
    {
        LastMessage = Loader.Text(data->Message);
        Interlocked.Increment(ref messages);
        return 0;
    }

    private static HashSet<string> Extensions()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var list = (delegate* unmanaged<byte*, uint*, ExtensionProperties*, Result>)Loader.Find(0, "vkEnumerateInstanceExtensionProperties");
        uint count = 0;
        if (list == null || list(null, &count, null) < 0) return names;
        var all = new ExtensionProperties[count];
        fixed (ExtensionProperties* first = all)
            if (list(null, &count, first) >= 0)
                for (uint i = 0; i < count; i++) names.Add(Loader.Text(first[i].Name));
        return names;
    }

    private static HashSet<string> Layers()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var list = (delegate* unmanaged<uint*, LayerProperties*, Result>)Loader.Find(0, "vkEnumerateInstanceLayerProperties");
        uint count = 0;
        if (list == null || list(&count, null) < 0) return names;
        var all = new LayerProperties[count];
        fixed (LayerProperties* first = all)
            if (list(&count, first) >= 0)
                for (uint i = 0; i < count; i++) names.Add(Loader.Text(first[i].Name));
        return names;
    }
}
