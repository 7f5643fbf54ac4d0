using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The first half of the channels times SiLU of the second.</summary>
internal sealed unsafe class GatedSiLUStep(string name) : PositionStep(name, "GatedSiLU")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        var map = new SumMap(Function: ActivationKind.SiLU, Factor: source.Rows.Part(0, result.Channels));
        run.Kernels.Matrix.MapSums(map, source.At(first) + result.Channels, source.PixelStride, result.Rows, first, count, 0,
            result.Channels);
    }
}
