using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>Cosines and sines of a number times many frequencies, the arguments in float32.</summary>
internal sealed unsafe class SinusoidalEmbeddingStep(SinusoidalEmbedding node) : PositionStep(node.Name, "SinusoidalEmbedding")
{
    private readonly float[] frequencies = [.. node.Frequencies];

    protected override void Positions(RunState run, int first, int count)
    {
        FeatureView source = Reads[0].In(run), result = Result.In(run);
        for (int position = first; position < first + count; position++)
        {
            float scaled = *source.At(position) * node.Factor;
            float* to = result.At(position);
            for (int i = 0; i < frequencies.Length; i++)
            {
                (double sine, double cosine) = Math.SinCos(scaled * frequencies[i]);
                (to[i], to[frequencies.Length + i]) = ((float)cosine, (float)sine);
            }
        }
    }
}
