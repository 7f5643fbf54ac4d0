namespace LatentSharp.Cpu.Steps;

/// <summary>Nearest-neighbour enlargement that could not be joined to a convolution.</summary>
internal sealed unsafe class UpsampleStep(string name) : RowStep(name, "Upsample2x")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
            new Span<float>(source.At(y / 2, x / 2), source.Channels).CopyTo(new Span<float>(result.At(y, x), result.Channels));
    }
}
