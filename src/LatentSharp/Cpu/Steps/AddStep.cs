using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>A sum that could not be joined to a convolution.</summary>
internal sealed unsafe class AddStep(string name, string operation) : RowStep(name, operation)
{
    public ActivationKind? Function { get; init; }

    protected override void Row(RunState run, int y)
    {
        FeatureView left = Reads[0].In(run), result = Result.In(run);
        run.Kernels.WritePixels(left.At(y, 0), left.PixelStride, left.Width, result, (long)y * result.Width, new Epilogue(0, Reads[1].In(run), Function, 0));
    }
}
