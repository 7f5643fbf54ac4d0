using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Steps.Gradients;

/// <summary>A function of a loss, value by value.</summary>
internal sealed unsafe class FunctionStep(Graph.Pointwise node) : PositionStep(node.Name, node.Function.Kind.ToString())
{
    private readonly PointFunction function = node.Function;

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int p = first; p < first + count; p++)
        {
            float* from = source.At(p), to = result.At(p);
            for (int c = 0; c < result.Channels; c++) to[c] = Slopes.Value(function, from[c]);
        }
    }
}

/// <summary>The gradient of a function of a loss.</summary>
internal sealed unsafe class FunctionGradientStep(PointwiseGradient node) : PositionStep(node.Name, $"{node.Function.Kind} gradient")
{
    private readonly PointFunction function = node.Function;

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView gradient = Reads[0].In(run), value = Reads[1].In(run), result = Result.In(run);
        for (int p = first; p < first + count; p++)
        {
            float* dy = gradient.At(p), x = value.At(p), to = result.At(p);
            for (int c = 0; c < result.Channels; c++) to[c] = Slopes.Apply(function, x[c], dy[c]);
        }
    }
}

/// <summary>The gradient of an activation.</summary>
internal sealed unsafe class ActivationGradientStep(ActivationGradient node) : PositionStep(node.Name, $"{node.Kind} gradient")
{
    private readonly ActivationKind kind = node.Kind;

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView gradient = Reads[0].In(run), value = Reads[1].In(run), result = Result.In(run);
        for (int p = first; p < first + count; p++)
        {
            run.Kernels.Slopes(kind, gradient.At(p), value.At(p), result.At(p), result.Channels);
        }
    }
}

/// <summary>A row at every position and in every group of channels.</summary>
internal sealed unsafe class SpreadStep(string name) : PositionStep(name, "Spread")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView row = Reads[0].In(run), result = Result.In(run);
        for (int p = first; p < first + count; p++)
            for (int c = 0; c < result.Channels; c += row.Channels)
                new ReadOnlySpan<float>(row.At(0), row.Channels).CopyTo(new Span<float>(result.At(p) + c, row.Channels));
    }
}
