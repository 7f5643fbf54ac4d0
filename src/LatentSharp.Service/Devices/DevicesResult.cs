namespace LatentSharp.Service.Devices;

/// <summary>What can compute on this machine.</summary>
/// <param name="Devices">The devices, the processor first.</param>
/// <param name="Missing">Why there are no graphics cards, and what to install; null where there are some.</param>
public sealed record DevicesResult(IReadOnlyList<DeviceFacts> Devices, Problem? Missing);

/// <summary>Something that computes networks.</summary>
/// <param name="Name">The name by which it is chosen: <c>cpu</c>, <c>vulkan:0</c>.</param>
/// <param name="Description">What it calls itself.</param>
/// <param name="Kind">What kind of device.</param>
/// <param name="Driver">The driver and its version; null for the processor.</param>
/// <param name="MemoryBytes">The memory that it computes in.</param>
/// <param name="FreeBytes">What is free of that now; null where nobody tells.</param>
public sealed record DeviceFacts(string Name, string Description, DeviceKind Kind, string? Driver, long MemoryBytes, long? FreeBytes)
{
    /// <summary>The modes of numbers that it has.</summary>
    public IReadOnlyList<string> Modes { get; init; } = [];

    /// <summary>What it lacks for these networks; empty where it can be used.</summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>What should be known of it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What it gave for two seconds; null where it was not measured.</summary>
    public DeviceSpeed? Speed { get; init; }
}

/// <summary>What kind of thing computes.</summary>
public enum DeviceKind
{
    /// <summary>The processor.</summary>
    Processor,
    /// <summary>A graphics card with memory of its own.</summary>
    Discrete,
    /// <summary>A graphics processor that shares the memory of the machine.</summary>
    Integrated,
    /// <summary>A card as a virtual machine sees it.</summary>
    Virtual,
    /// <summary>A driver of graphics that computes on the processor.</summary>
    Software,
    /// <summary>Something else.</summary>
    Other,
}
