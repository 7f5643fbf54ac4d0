namespace LatentSharp.Server.Computing;

/// <summary>How fast this machine has been lately, and from that how long what waits will take.</summary>
internal sealed class WorkPace
{
    // A new observation counts for a fifth: steady enough for a mixture of sizes, quick enough for a machine that others use too.
    private const double Weight = 0.2, FirstGuess = 20e9;
    private const int MostSeconds = 3600;

    private readonly Lock gate = new();
    private double multiplyAddsPerSecond = FirstGuess, unplannedSeconds = 5;

    /// <summary>Learns from a computation that was done.</summary>
    internal void Add(PlannedWork work, TimeSpan took)
    {
        double seconds = Math.Max(took.TotalSeconds, 1e-6);
        lock (gate)
        {
            if (work.MultiplyAdds == 0) unplannedSeconds += Weight * (seconds - unplannedSeconds);
            else multiplyAddsPerSecond += Weight * (work.MultiplyAdds / seconds - multiplyAddsPerSecond);
        }
    }

    /// <summary>Seconds until so much work is done, from 1.</summary>
    internal int Seconds(IEnumerable<PlannedWork> works, int parallel)
    {
        lock (gate)
        {
            double seconds = works.Sum(w => w.MultiplyAdds == 0 ? unplannedSeconds : w.MultiplyAdds / multiplyAddsPerSecond) / parallel;
            return (int)Math.Clamp(Math.Ceiling(seconds), 1, MostSeconds);
        }
    }
}
