using LatentSharp.Graph;

namespace LatentSharp.Bench.Compare;

internal sealed class CpuEngine(NetworkGraph graph, int threads, long? memory) : IEngine
{
    public void Run(float[] input, float[] output) => throw new NotSupportedException($"no engine yet {graph} {threads} {memory}");
    public void Dispose() { }
}
