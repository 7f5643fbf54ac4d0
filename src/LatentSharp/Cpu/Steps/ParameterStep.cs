using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>A tensor of the weights as it is.</summary>
internal sealed unsafe class ParameterStep(Parameter node) : PositionStep(node.Name, "Parameter")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView result = Result.In(run);
        for (int row = first; row < first + count; row++)
            node.Weight.Read((long)row * result.Channels, new Span<float>(result.At(row), result.Channels));
    }
}
