using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The means of groups of consecutive channels.</summary>
internal sealed unsafe class MeanOfChannelsStep(MeanOfChannels node) : PositionStep(node.Name, "MeanOfChannels")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int position = first; position < first + count; position++)
        {
            float* from = source.At(position), to = result.At(position);
            for (int c = 0; c < result.Channels; c++)
            {
                float sum = 0;
                for (int i = 0; i < node.Size; i++) sum += *from++;
                to[c] = sum / node.Size;
            }
        }
    }
}
