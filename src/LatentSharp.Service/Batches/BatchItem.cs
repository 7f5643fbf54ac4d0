using System.Text.Json.Serialization;

namespace LatentSharp.Service.Batches;

/// <summary>What became of one file of a batch.</summary>
public enum ItemStatus
{
    /// <summary>The result was computed and written.</summary>
    Done,
    /// <summary>The result was there already, made from the same content in the same way.</summary>
    Skipped,
    /// <summary>There is no result.</summary>
    Failed,
}

/// <summary>One file of a batch.</summary>
/// <param name="Input">The file, as it was named or found.</param>
/// <param name="Status">What became of it.</param>
public abstract record BatchItem([property: JsonPropertyOrder(-2)] string Input, [property: JsonPropertyOrder(-1)] ItemStatus Status);

/// <summary>A file of a batch that there is no result of.</summary>
/// <param name="Input">The file.</param>
/// <param name="Error">Why.</param>
public sealed record FailedItem(string Input, Problem Error) : BatchItem(Input, ItemStatus.Failed);
