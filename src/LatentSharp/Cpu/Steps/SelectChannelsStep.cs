using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Channels in another order, several times, or zeros.</summary>
internal sealed unsafe class SelectChannelsStep(SelectChannels node) : PositionStep(node.Name, "SelectChannels")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        ReadOnlySpan<int> sources = node.Sources.AsSpan();
        for (int position = first; position < first + count; position++)
        {
            float* from = source.At(position), to = result.At(position);
            for (int c = 0; c < sources.Length; c++) to[c] = sources[c] == SelectChannels.Zero ? 0 : from[sources[c]];
        }
    }
}
