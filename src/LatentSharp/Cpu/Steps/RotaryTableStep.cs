using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// Cosines and sines of the angles that rotary position embedding turns by. Angles are float64: positions times a frequency lose digits in
/// float32.
/// </summary>
internal sealed unsafe class RotaryTableStep(RotaryTable node) : PositionStep(node.Name, "RotaryTable")
{
    private readonly (int Axis, double Frequency)[] pairs = [.. node.Pairs];

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView ids = Reads[0].In(run), result = Result.In(run);
        for (int token = first; token < first + count; token++)
        {
            float* id = ids.At(token), to = result.At(token);
            for (int i = 0; i < pairs.Length; i++)
            {
                (double sine, double cosine) = Math.SinCos(id[pairs[i].Axis] * pairs[i].Frequency);
                (to[i], to[pairs.Length + i]) = ((float)cosine, (float)sine);
            }
        }
    }
}
