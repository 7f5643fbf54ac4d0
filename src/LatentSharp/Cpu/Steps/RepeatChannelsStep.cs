using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Every channel several times in place.</summary>
internal sealed unsafe class RepeatChannelsStep(RepeatChannels node) : PositionStep(node.Name, "RepeatChannels")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int position = first; position < first + count; position++)
        {
            float* from = source.At(position), to = result.At(position);
            for (int c = 0; c < source.Channels; c++)
                for (int i = 0; i < node.Times; i++) *to++ = from[c];
        }
    }
}
