using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>
/// The gradient of a 3x3 convolution to its weight in Winograd's domain: a quarter or a fifth of the direct products. Sums go over the tiles
/// in their order, so that they do not depend on who computes them. Its rounding is several times that of direct sums.
/// </summary>
internal sealed unsafe class WinogradWeightGradientStep(WeightGradient node) : Step(node.Name, "Weight gradient (Winograd)")
{
    private const int UnitOutputs = 4;

    private readonly WinogradGradientBlocking blocking = new(node.Source.Shape, node.Gradient.Shape);

    public override double Multiplications => (double)blocking.Sums * blocking.Tiles;

    public override long SharedBytes(KernelSet kernels) => (blocking.Sums + blocking.Transformed) * sizeof(float);

    public override long PrivateBytes(KernelSet kernels) => UnitOutputs * WinogradGradientBlocking.SourceChannels * sizeof(double);

    public override void Run(RunState run)
    {
        FeatureView gradient = Reads[0].In(run), source = Reads[1].In(run), result = Result.In(run);
        float* sums = (float*)run.Shared, sources = sums + blocking.Sums, gradients = sources + blocking.Positions * blocking.SourcePosition;
        for (int block = 0; block < blocking.Blocks; block++)
        {
            int first = block * blocking.TilesPerBlock, tiles = Math.Min(blocking.TilesPerBlock, blocking.Tiles - first), at = block;
            if (tiles <= 0) break;
            run.Crew.For(tiles, (place, _) =>
            {
                run.Kernels.WinogradSource(blocking, source, first + place, place, sources);
                run.Kernels.WinogradGradient(blocking, gradient, first + place, place, gradients);
            });
            run.Crew.For(blocking.Positions * blocking.GradientBlocks, (unit, worker) => Add(run, unit, tiles, at == 0, (double*)run.PrivateOf(worker)),
                run.Within is { } within ? done => within((at + done) / blocking.Blocks) : null);
        }
        run.Crew.For(blocking.Outputs, (output, _)
            => run.Kernels.WinogradFilters(blocking, sums + (nint)output * blocking.Inputs, result.At(output)));
    }

    // A position's products of a cache line of outputs with all inputs.
    private void Add(RunState run, int unit, int tiles, bool begins, double* found)
    {
        int position = unit / blocking.GradientBlocks, firstOutput = unit % blocking.GradientBlocks * WinogradGradientBlocking.GradientChannels;
        float* sums = (float*)run.Shared, sources = sums + blocking.Sums + position * blocking.SourcePosition;
        float* gradients = sums + blocking.Sums + blocking.Positions * blocking.SourcePosition + position * blocking.GradientPosition;
        for (int c = 0; c < blocking.Inputs; c += WinogradGradientBlocking.SourceChannels)
        {
            int channels = Math.Min(WinogradGradientBlocking.SourceChannels, blocking.Inputs - c);
            for (int o = firstOutput; o < Math.Min(firstOutput + WinogradGradientBlocking.GradientChannels, blocking.Outputs); o += UnitOutputs)
            {
                new Span<double>(found, UnitOutputs * channels).Clear();
                run.Kernels.AddOuterProducts(gradients + blocking.GradientAt(0, o), WinogradGradientBlocking.GradientChannels, UnitOutputs,
                    sources + blocking.SourceAt(0, c), WinogradGradientBlocking.SourceChannels, channels, tiles, found);
                for (int i = 0; i < UnitOutputs; i++)
                {
                    float* row = sums + ((nint)position * blocking.Outputs + o + i) * blocking.Inputs + c;
                    for (int k = 0; k < channels; k++) row[k] = (float)(begins ? found[i * channels + k] : row[k] + found[i * channels + k]);
                }
            }
        }
    }
}
