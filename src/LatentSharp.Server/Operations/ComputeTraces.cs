using System.Diagnostics;
using LatentSharp.Server.Computing;

namespace LatentSharp.Server.Operations;

/// <summary>Computations as spans, for whoever listens to .NET's sources of activities.</summary>
internal static class ComputeTraces
{
    /// <summary>The source's name.</summary>
    internal const string Name = "LatentSharp.Server";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>A computation that waits for its turn; null where nobody listens.</summary>
    internal static Activity? Waiting(Urgency urgency) => Source.StartActivity("latent.queue.wait")?.SetTag("latent.urgency", Word(urgency));

    /// <summary>A computation whose turn has come; null where nobody listens.</summary>
    internal static Activity? Running(PlannedWork work, Urgency urgency) => Source.StartActivity("latent.compute")
        ?.SetTag("latent.urgency", Word(urgency)).SetTag("latent.planned_memory", work.Bytes).SetTag("latent.multiply_adds", work.MultiplyAdds);

    private static string Word(Urgency urgency) => urgency == Urgency.Interactive ? "interactive" : "batch";
}
