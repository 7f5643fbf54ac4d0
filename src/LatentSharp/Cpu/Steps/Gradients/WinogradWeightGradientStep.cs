using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>
/// The gradient of a 3x3 convolution to its weight in Winograd's domain: a quarter or a fifth of the direct products. Sums go over the
/// tiles in their order, so that they do not depend on who computes them. Its rounding is several times that of direct sums.
/// </summary>
internal sealed unsafe class WinogradWeightGradientStep(WeightGradient node) : Step(node.Name, "Weight gradient (Winograd)")
{
    private readonly WinogradGradientBlocking blocking = new(node.Source.Shape, node.Gradient.Shape);

    public override double Multiplications => (double)blocking.Sums * blocking.Tiles;

    public override long SharedBytes(KernelSet kernels) => (blocking.Sums + blocking.Transformed) * sizeof(float);

    public override void Run(RunState run)
    {
        FeatureView gradient = Reads[0].In(run), source = Reads[1].In(run), result = Result.In(run);
        float* sums = (float*)run.Shared, sources = sums + blocking.Sums;
        float* gradients = sources + blocking.Positions * blocking.SourcePosition;
        for (int block = 0; block < blocking.Blocks; block++)
        {
            int first = block * blocking.TilesPerBlock, tiles = Math.Min(blocking.TilesPerBlock, blocking.Tiles - first), at = block;
            if (tiles <= 0) break;
            run.Crew.For(tiles, (place, _) =>
            {
                run.Kernels.WinogradSource(blocking, source, first + place, place, sources);
                run.Kernels.WinogradGradient(blocking, gradient, first + place, place, gradients);
            });
            run.Crew.For(blocking.Positions * blocking.GradientBlocks, (unit, _) => Add(run, unit, tiles, at == 0),
                run.Within is { } within ? done => within((at + done) / blocking.Blocks) : null);
        }
        run.Crew.For(blocking.Outputs, (output, _)
            => run.Kernels.WinogradFilters(blocking, sums + (nint)output * blocking.Inputs, result.At(output)));
    }

    // A position's products of a cache line of outputs with all inputs.
    private void Add(RunState run, int unit, int tiles, bool begins)
    {
        int position = unit / blocking.GradientBlocks, output = unit % blocking.GradientBlocks * WinogradGradientBlocking.GradientChannels;
        float* sums = (float*)run.Shared, sources = sums + blocking.Sums;
        float* gradients = sources + blocking.Positions * blocking.SourcePosition;
        run.Kernels.WinogradProducts(blocking, sources + position * blocking.SourcePosition,
            gradients + position * blocking.GradientPosition + blocking.GradientAt(0, output), tiles,
            sums + ((nint)position * blocking.Outputs + output) * blocking.Inputs, begins);
    }
}
