using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Channels in another order, several times, or zeros.</summary>
internal sealed unsafe class SelectChannelsStep(SelectChannels node) : RowStep(node.Name, "SelectChannels")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        ReadOnlySpan<int> sources = node.Sources.AsSpan();
        for (int x = 0; x < result.Width; x++)
        {
            float* from = source.At(y, x), to = result.At(y, x);
            for (int c = 0; c < sources.Length; c++) to[c] = sources[c] == SelectChannels.Zero ? 0 : from[sources[c]];
        }
    }
}
