using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Root-mean-square normalisation of each pixel over its channels.</summary>
internal sealed unsafe class RmsNormStep(RmsNorm node) : RowStep(node.Name, "RmsNorm")
{
    public override long SharedBytes(KernelSet kernels) => 2L * node.Shape.Channels * sizeof(float);

    protected override void Begin(RunState run)
    {
        var weights = new Span<float>((void*)run.Shared, 2 * node.Shape.Channels);
        node.Weight.Read(0, weights[..node.Shape.Channels]);
        node.Bias.Read(0, weights[node.Shape.Channels..]);
    }

    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        float* weight = (float*)run.Shared, bias = weight + source.Channels;
        for (int x = 0; x < source.Width; x++)
        {
            float* from = source.At(y, x), to = result.At(y, x);
            double squares = 0;
            for (int c = 0; c < source.Channels; c++) squares += (double)from[c] * from[c];
            float inverse = (float)(1 / Math.Sqrt(squares / source.Channels + node.Epsilon));
            for (int c = 0; c < source.Channels; c++) to[c] = from[c] * inverse * weight[c] + bias[c];
        }
    }
}
