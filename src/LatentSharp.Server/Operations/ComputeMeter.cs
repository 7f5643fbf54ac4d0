using System.Diagnostics.Metrics;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Operations;

/// <summary>What the queue measures, under the names that the meter <c>LatentSharp.Server</c> has for collectors of any kind.</summary>
internal sealed class ComputeMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    internal const string Name = "LatentSharp.Server";

    private readonly Meter meter;
    private readonly Histogram<double> wait, duration;

    /// <summary>A meter whose histograms are fed by the queue.</summary>
    /// <param name="factory">That of the service, so that its figures are its own where a program has several.</param>
    internal ComputeMeter(IMeterFactory factory)
    {
        meter = factory.Create(Name);
        wait = meter.CreateHistogram<double>("latent.queue.wait.duration", "s", "How long computations waited for their turn.");
        duration = meter.CreateHistogram<double>("latent.compute.duration", "s", "How long computations took.");
    }

    /// <summary>Looks at the queue and the bodies whenever somebody collects.</summary>
    internal void Watch(ComputeQueue queue, BodyAllowance bodies)
    {
        meter.CreateObservableUpDownCounter("latent.bodies.size", () => bodies.Held, "By", "Bodies of requests and answers that are held.");
        meter.CreateObservableUpDownCounter("latent.queue.waiting", () => queue.State.Waiting, "{request}", "Computations that wait.");
        meter.CreateObservableUpDownCounter("latent.queue.running", () => queue.State.Running, "{request}", "Computations under way.");
        meter.CreateObservableUpDownCounter("latent.queue.planned_memory", () => queue.State.RunningBytes, "By", "What the plans under way take.");
        meter.CreateObservableCounter("latent.queue.rejected", () => queue.State.Rejected, "{request}", "Requests that found the queue full.");
        meter.CreateObservableUpDownCounter("latent.process.memory", () => Environment.WorkingSet, "By", "Memory that the process has.");
    }

    /// <summary>Tells of a computation that had its turn.</summary>
    internal void Waited(TimeSpan time, Urgency urgency) => wait.Record(time.TotalSeconds, Tag(urgency));

    /// <summary>Tells of a computation that ended.</summary>
    internal void Took(TimeSpan time, Urgency urgency) => duration.Record(time.TotalSeconds, Tag(urgency));

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?> Tag(Urgency urgency) => new("latent.urgency", urgency == Urgency.Interactive ? "interactive" : "batch");
}
