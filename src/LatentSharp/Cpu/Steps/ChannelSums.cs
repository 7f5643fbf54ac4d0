namespace LatentSharp.Cpu.Steps;

/// <summary>Sum and sum of squares of every channel of a tensor over all positions. The values belong to a run, not to the plan.</summary>
internal sealed class ChannelSums(int channels, int index)
{
    /// <summary>Channels.</summary>
    public int Channels { get; } = channels;

    /// <summary>Where a run keeps the values: sums of the channels, then of their squares.</summary>
    public double[] In(RunState run) => run.Sums[index] ??= new double[2 * Channels];
}
