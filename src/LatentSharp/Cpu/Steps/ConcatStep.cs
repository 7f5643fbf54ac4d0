using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The channels of several tensors one after the other.</summary>
internal sealed unsafe class ConcatStep(string name) : RowStep(name, "Concat")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView result = Result.In(run);
        int first = 0;
        foreach (PlanTensor part in Reads)
        {
            FeatureView source = part.In(run);
            for (int x = 0; x < result.Width; x++) new Span<float>(source.At(y, x), source.Channels).CopyTo(new Span<float>(result.At(y, x) + first, source.Channels));
            first += source.Channels;
        }
    }
}
