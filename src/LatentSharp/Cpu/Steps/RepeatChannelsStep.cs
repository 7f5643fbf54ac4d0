using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Every channel several times in place.</summary>
internal sealed unsafe class RepeatChannelsStep(RepeatChannels node) : RowStep(node.Name, "RepeatChannels")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            float* from = source.At(y, x), to = result.At(y, x);
            for (int c = 0; c < source.Channels; c++)
                for (int i = 0; i < node.Times; i++) *to++ = from[c];
        }
    }
}
