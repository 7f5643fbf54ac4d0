using LatentSharp.Cpu;
using LatentSharp.Graph;

namespace LatentSharp.Bench.Compare;

/// <summary>Our side: the project's own CPU engine.</summary>
internal sealed class CpuEngine(NetworkGraph graph, int threads, long? memory) : IEngine
{
    private readonly CpuPlan plan = CpuPlan.Compile(graph, new ComputeOptions { Threads = threads, MemoryBudget = memory });

    public void Run(float[] input, float[] output) => plan.Run(input, output);

    public void Dispose()
    {
    }
}
