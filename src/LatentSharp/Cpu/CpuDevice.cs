using LatentSharp.Compute;
using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Simd;
using LatentSharp.Cpu.Threads;
using LatentSharp.Graph;

namespace LatentSharp.Cpu;

/// <summary>The processor: the project's own engine.</summary>
public sealed class CpuDevice : Device
{
    private readonly SimdLevel? level;

    /// <param name="level">The vectors to compute with; null for what <see cref="SimdLevels.Chosen"/> says when a plan is made.</param>
    /// <exception cref="LatentSharpException">This processor lacks that level.</exception>
    public CpuDevice(SimdLevel? level = null) => this.level = level is { } wanted ? SimdLevels.Require(wanted) : null;

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <summary>The vectors that plans compute with.</summary>
    /// <exception cref="LatentSharpException">The environment names a level that there is not.</exception>
    public SimdLevel Simd => level ?? SimdLevels.Chosen;

    /// <summary>The memory of its sessions.</summary>
    internal ArenaPool Memory { get; } = new();

    /// <summary>Makes the workers of a session from their number; the benchmark times a schedule with workers that there are not.</summary>
    internal Func<int, WorkerCrew> Crews { get; init; } = workers => new WorkerCrew(workers);

    /// <inheritdoc/>
    private protected override Plan Make(NetworkGraph graph, ComputeOptions options)
        => options.Precision is not (Precision.Float16 or Precision.Float32Fast) ? CpuPlan.Make(this, graph, options)
            : throw new LatentSharpException(ErrorKind.Usage, Name,
                "the processor computes in float32, by Winograd where that is faster; fp16 and fp32-fast are modes of graphics cards.",
                "Leave the precision out, or name a graphics card as the device.");
}
