using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>The means of groups of consecutive channels.</summary>
internal sealed unsafe class MeanOfChannelsStep(MeanOfChannels node) : RowStep(node.Name, "MeanOfChannels")
{
    protected override void Row(RunState run, int y)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int x = 0; x < result.Width; x++)
        {
            float* from = source.At(y, x), to = result.At(y, x);
            for (int c = 0; c < result.Channels; c++)
            {
                float sum = 0;
                for (int i = 0; i < node.Size; i++) sum += *from++;
                to[c] = sum / node.Size;
            }
        }
    }
}
