using LatentSharp.Service.Batches;

namespace LatentSharp.Service.Mending;

/// <summary>What became of latents that were written anew.</summary>
/// <param name="Results">Those that were.</param>
/// <param name="Failed">Those that could not be.</param>
/// <param name="Batch">How many there were of each.</param>
public sealed record MendResult(IReadOnlyList<MendedLatent> Results, IReadOnlyList<FailedItem> Failed, BatchOutcome Batch);

/// <summary>A latent that was written anew.</summary>
/// <param name="Input">The file it came from.</param>
/// <param name="Status">Always done.</param>
/// <param name="Output">The file that was written.</param>
/// <param name="Latent">The latent's shape: N, C, h, w.</param>
/// <param name="Space">The id of its space.</param>
/// <param name="Scaled">Whether scale and shift were applied.</param>
/// <param name="Notes">What was assumed or laid out anew.</param>
public sealed record MendedLatent(string Input, ItemStatus Status, string Output, IReadOnlyList<int> Latent, string Space, bool Scaled,
    IReadOnlyList<string> Notes) : BatchItem(Input, Status);
