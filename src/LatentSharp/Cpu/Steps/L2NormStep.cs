using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Normalisation of each pixel to the length of its vector of channels.</summary>
internal sealed unsafe class L2NormStep(L2Norm node) : PositionStep(node.Name, "L2Norm")
{
    public override long SharedBytes(KernelSet kernels) => (long)node.Shape.Channels * sizeof(float);

    protected override void Begin(RunState run)
    {
        var weights = new Span<float>((void*)run.Shared, node.Shape.Channels);
        node.Weight.Read(0, weights);
        float root = MathF.Sqrt(weights.Length);
        for (int c = 0; c < weights.Length; c++) weights[c] *= root;
    }

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        run.Kernels.NormaliseLength((float*)run.Shared, source.At(first), source.PixelStride, result.At(first), result.PixelStride, count,
            source.Channels);
    }
}
