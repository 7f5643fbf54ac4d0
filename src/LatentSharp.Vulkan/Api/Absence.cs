namespace LatentSharp.Vulkan.Api;

/// <summary>What is said where something is not there: the loader, a driver, a card; and what to install.</summary>
internal static class Absence
{
    private static string Driver => OperatingSystem.IsWindows() ? "Install the current driver of the graphics card from its vendor."
        : OperatingSystem.IsMacOS() ? "Install MoltenVK or the Vulkan SDK."
        : "Install the graphics card's driver (Debian, Ubuntu: mesa-vulkan-drivers, or the vendor's own; Fedora: mesa-vulkan-drivers).";

    /// <summary>No library of the loader.</summary>
    public static LatentSharpException OfLoader() => new(ErrorKind.NotFound, "Vulkan",
        Environment.GetEnvironmentVariable(Loader.Variable) is { Length: > 0 } named
            ? $"{named}, which {Loader.Variable} names, cannot be opened as the loader."
            : $"there is no loader on this system ({Loader.UsualName}).",
        OperatingSystem.IsLinux() ? "Install it (Debian, Ubuntu: libvulkan1) and the graphics card's driver (mesa-vulkan-drivers, or the vendor's own). "
            + "The device cpu needs neither." : $"{Driver} The device cpu needs none.");

    /// <summary>A loader that finds no driver, or none that starts.</summary>
    public static LatentSharpException OfDriver(Result result) => new(ErrorKind.NotFound, "Vulkan",
        result == Result.IncompatibleDriver ? "the loader is there, but it finds no driver." : $"the loader does not start ({result}).",
        $"{Driver} The device cpu needs none.");

    /// <summary>Drivers without a card.</summary>
    public static LatentSharpException OfCard() => new(ErrorKind.NotFound, "Vulkan",
        "loader and drivers are there, but they find no card.", $"{Driver} The device cpu needs none.");
}
