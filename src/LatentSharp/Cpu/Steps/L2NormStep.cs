using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Normalisation of each pixel to the length of its vector of channels.</summary>
internal sealed unsafe class L2NormStep(L2Norm node) : RowStep(node.Name, "L2Norm")
{
    public override long SharedBytes(KernelSet kernels) => (long)node.Shape.Channels * sizeof(float);

    protected override void Begin(RunState run)
    {
        var weights = new Span<float>((void*)run.Shared, node.Shape.Channels);
        node.Weight.Read(0, weights);
        float root = MathF.Sqrt(weights.Length);
        for (int c = 0; c < weights.Length; c++) weights[c] *= root;
    }

    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        run.Kernels.NormaliseLength((float*)run.Shared, source.At(y, 0), source.PixelStride, result.At(y, 0), result.PixelStride, source.Width, source.Channels);
    }
}
