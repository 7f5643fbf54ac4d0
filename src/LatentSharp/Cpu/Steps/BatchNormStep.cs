using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Batch normalisation with stored statistics: one factor and one offset for each channel.</summary>
internal sealed unsafe class BatchNormStep(BatchNorm node) : PositionStep(node.Name, "BatchNorm")
{
    private readonly long padded = (node.Shape.Channels + 15) / 16 * 16;

    public override long SharedBytes(KernelSet kernels) => 2 * padded * sizeof(float);

    protected override void Begin(RunState run)
    {
        float* scale = (float*)run.Shared, offset = scale + padded;
        float[] weight = node.Weight.Read(), bias = node.Bias.Read(), mean = node.Mean.Read(), variance = node.Variance.Read();
        for (int c = 0; c < weight.Length; c++)
        {
            double factor = weight[c] / Math.Sqrt(variance[c] + (double)node.Epsilon);
            (scale[c], offset[c]) = ((float)factor, (float)(bias[c] - mean[c] * factor));
        }
    }

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        var map = new PixelMap(run.Shared, run.Shared + (nint)padded * sizeof(float), null);
        run.Kernels.Map(map, source.At(first), source.PixelStride, result.At(first), result.PixelStride, count, source.Channels);
    }
}
