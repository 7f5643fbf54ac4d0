using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Computing;

/// <summary>What every endpoint that computes works with.</summary>
/// <param name="Autoencoders">The autoencoders of this machine.</param>
/// <param name="Planned">What work takes.</param>
/// <param name="Uses">What whole use cases take.</param>
/// <param name="Queue">The queue before the processor.</param>
/// <param name="Bodies">The room for bodies.</param>
/// <param name="Options">What the operator decided.</param>
internal sealed record Workbench(OpenAutoencoders Autoencoders, PlannedPictures Planned, PlannedUses Uses, ComputeQueue Queue,
    BodyAllowance Bodies, ServerOptions Options);
