using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Turns the pairs of channels of every head by the angles of their token.</summary>
internal sealed unsafe class RopeStep(Rope node) : PositionStep(node.Name, "Rope")
{
    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run), table = Reads[1].In(run);
        int pairs = node.HeadChannels / 2;
        for (int token = first; token < first + count; token++)
        {
            float* from = source.At(token), to = result.At(token), cos = table.At(token), sin = cos + pairs;
            for (int head = 0; head < source.Channels; head += 2 * pairs)
                for (int i = 0; i < pairs; i++)
                {
                    float a = from[head + 2 * i], b = from[head + 2 * i + 1];
                    (to[head + 2 * i], to[head + 2 * i + 1]) = (a * cos[i] - b * sin[i], a * sin[i] + b * cos[i]);
                }
        }
    }
}
