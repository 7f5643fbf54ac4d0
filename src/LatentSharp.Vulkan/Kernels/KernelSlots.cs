namespace LatentSharp.Vulkan.Kernels;

/// <summary>The places at which kernels find their buffers: the same for all, so that there is one layout.</summary>
internal static class KernelSlots
{
    /// <summary>How many buffers a kernel may see.</summary>
    public const int Count = 6;

    /// <summary>Where kernels that write 16 bits tell that a value does not fit.</summary>
    public const uint Overflow = 5;

    /// <summary>Words of numbers that a kernel is given: 128 bytes, which every driver has. The first <see cref="Count"/> say where in its
    /// buffer each tensor begins.</summary>
    public const int Words = 32;
}
