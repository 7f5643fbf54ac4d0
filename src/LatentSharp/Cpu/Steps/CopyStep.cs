namespace LatentSharp.Cpu.Steps;

/// <summary>Features as they are, to another place: a part of something joined that could not be written there at once.</summary>
internal sealed unsafe class CopyStep(string name, string operation) : PositionStep(name, operation)
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int position = first; position < first + count; position++)
            new ReadOnlySpan<float>(source.At(position), source.Channels).CopyTo(new Span<float>(result.At(position), source.Channels));
    }
}
