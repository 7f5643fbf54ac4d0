using LatentSharp.Cpu;

namespace LatentSharp.Compute;

public abstract partial class Device
{
    /// <summary>
    /// The processor, which is what computes where nothing else is asked for. This part of the class stands with the processor's engine, so
    /// that nothing else in <c>Compute</c> knows of it.
    /// </summary>
    public static Device Default { get; } = new CpuDevice();
}
