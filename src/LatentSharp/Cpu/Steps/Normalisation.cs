using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>A group normalisation whose statistics have been gathered: for each channel a factor and an offset.</summary>
internal sealed class Normalisation(ChannelSums sums, long positions, int groups, float epsilon, WeightRef weight, WeightRef bias)
{
    /// <summary>Bytes of the factors and offsets.</summary>
    public long Bytes => 2L * Padded * sizeof(float);

    private int Padded => (sums.Channels + 15) / 16 * 16;

    /// <summary>Writes the factors and offsets to <paramref name="memory"/>.</summary>
    public unsafe (nint Scale, nint Offset) Write(RunState run, nint memory)
    {
        double[] values = sums.In(run);
        float[] gamma = weight.Read(), beta = bias.Read();
        float* scale = (float*)memory, offset = scale + Padded;
        int size = sums.Channels / groups;
        for (int group = 0; group < groups; group++)
        {
            double sum = 0, squares = 0;
            for (int c = group * size; c < (group + 1) * size; c++)
            {
                sum += values[c];
                squares += values[sums.Channels + c];
            }
            double count = (double)positions * size, mean = sum / count;
            double variance = Math.Max(0, squares / count - mean * mean);
            double inverse = 1 / Math.Sqrt(variance + epsilon);
            for (int c = group * size; c < (group + 1) * size; c++)
            {
                scale[c] = (float)(gamma[c] * inverse);
                offset[c] = (float)(beta[c] - mean * gamma[c] * inverse);
            }
        }
        return (memory, (nint)offset);
    }
}
