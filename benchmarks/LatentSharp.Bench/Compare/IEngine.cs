using LatentSharp.Graph;
using LatentSharp.OnnxRuntime;

namespace LatentSharp.Bench.Compare;

/// <summary>One of the two sides: a graph made ready to run.</summary>
internal interface IEngine : IDisposable
{
    void Run(float[] input, float[] output);
}

/// <summary>The peer: ONNX Runtime on the exported graph, its model beside the weights so that both sides map the same file.</summary>
internal sealed class OnnxEngine(NetworkGraph graph, string folder, int threads) : IEngine
{
    private readonly OnnxPlan plan = OnnxPlan.Compile(graph, new OnnxOptions { Threads = threads, Folder = folder, FlushDenormals = true });

    public void Run(float[] input, float[] output) => plan.Run(input, output);

    public void Dispose() => plan.Dispose();
}
