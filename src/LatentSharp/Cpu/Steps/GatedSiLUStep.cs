using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The first half of the channels times SiLU of the second.</summary>
internal sealed unsafe class GatedSiLUStep(string name) : RowStep(name, "GatedSiLU")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        var silu = new PixelMap(0, 0, ActivationKind.SiLU);
        run.Kernels.Map(silu, source.At(y, 0) + result.Channels, source.PixelStride, result.At(y, 0), result.PixelStride, result.Width, result.Channels);
        for (int x = 0; x < result.Width; x++)
        {
            float* value = source.At(y, x), gated = result.At(y, x);
            for (int c = 0; c < result.Channels; c++) gated[c] *= value[c];
        }
    }
}
