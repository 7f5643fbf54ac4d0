using System.Runtime.InteropServices;
using System.Text;

namespace LatentSharp.Vulkan.Api;

/// <summary>
/// The loader that comes with the drivers of graphics cards: the one library that is opened, by the names that it has on each system.
/// </summary>
internal static unsafe class Loader
{
    /// <summary>The variable of the environment that names a library to open instead: a driver by itself, a loader elsewhere.</summary>
    public const string Variable = "LATENTSHARP_VULKAN_LOADER";

    private static readonly Lazy<nint> Library = new(Open);

    /// <summary>What it is called on this system.</summary>
    public static string UsualName
        => OperatingSystem.IsWindows() ? "vulkan-1.dll" : OperatingSystem.IsMacOS() ? "libvulkan.1.dylib" : "libvulkan.so.1";

    /// <summary>Whether there is a loader.</summary>
    public static bool IsThere => Library.Value != 0;

    /// <summary>The address of a call that belongs to no instance, or to one; 0 where the loader does not know it.</summary>
    /// <param name="instance">The instance, or 0.</param>
    /// <param name="name">The name of the call: <c>vkCreateInstance</c>.</param>
    public static void* Find(nint instance, string name)
    {
        if (!IsThere || !NativeLibrary.TryGetExport(Library.Value, "vkGetInstanceProcAddr", out nint find)) return null;
        fixed (byte* text = Text(name)) return ((delegate* unmanaged<nint, byte*, void*>)find)(instance, text);
    }

    /// <summary>A text as C keeps it: UTF-8 with a zero at its end.</summary>
    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    /// <summary>A text that C keeps.</summary>
    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private static nint Open()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        string[] names = !string.IsNullOrEmpty(named) ? [named]
            : OperatingSystem.IsMacOS() ? [UsualName, "libMoltenVK.dylib", "/usr/local/lib/libvulkan.1.dylib", "/opt/homebrew/lib/libvulkan.1.dylib"]
            : OperatingSystem.IsWindows() ? [UsualName] : [UsualName, "libvulkan.so"];
        foreach (string name in names)
            if (NativeLibrary.TryLoad(name, out nint library)) return library;
        return 0;
    }
}
