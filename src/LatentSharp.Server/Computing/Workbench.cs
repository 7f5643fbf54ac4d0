using LatentSharp.Server.Autoencoders;

namespace LatentSharp.Server.Computing;

/// <summary>What every endpoint that computes works with.</summary>
/// <param name="Autoencoders">The autoencoders of this machine.</param>
/// <param name="Planned">What work takes.</param>
/// <param name="Queue">The queue before the processor.</param>
/// <param name="Options">What the operator decided.</param>
internal sealed record Workbench(OpenAutoencoders Autoencoders, PlannedPictures Planned, ComputeQueue Queue, ServerOptions Options);
