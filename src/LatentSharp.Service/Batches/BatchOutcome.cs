namespace LatentSharp.Service.Batches;

/// <summary>How a batch went.</summary>
/// <param name="Total">How many files there were.</param>
/// <param name="Done">How many were computed.</param>
/// <param name="Skipped">How many had their results already.</param>
/// <param name="Failed">How many have none.</param>
/// <param name="Cancelled">Whether the batch was cancelled before its end; the files after that were not looked at.</param>
public sealed record BatchOutcome(int Total, int Done, int Skipped, int Failed, bool Cancelled);
