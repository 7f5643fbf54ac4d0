using System.Text.Json.Nodes;

namespace LatentSharp.Client;

/// <summary>Long work of the service.</summary>
public sealed record ServiceJob
{
    /// <summary>Its id, by which it is asked for.</summary>
    public required string Id { get; init; }

    /// <summary>What it does: <c>report</c>, <c>compare</c>, <c>convert</c>, <c>generate</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>queued</c>, <c>running</c>, <c>done</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Its place among those that wait, from 1; 0 when its turn has come.</summary>
    public int QueuePosition { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When its turn came; null before.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? Completed { get; init; }

    /// <summary>The figures of its result; null before its end.</summary>
    public JsonObject? Result { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public JsonObject? Problem { get; init; }

    /// <summary>The files of its result.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>Something that happened to a job.</summary>
/// <param name="Number">Its number, to go on behind.</param>
/// <param name="Kind"><c>status</c>, <c>progress</c> or <c>preview</c>.</param>
/// <param name="Data">What it says.</param>
public sealed record ServiceEvent(long Number, string Kind, JsonObject Data);

/// <summary>An autoencoder of the service.</summary>
/// <param name="Name">The name it answers to.</param>
/// <param name="Source">How it came to be known: <c>embedded</c>, <c>registered</c> or <c>folder</c>.</param>
/// <param name="Default">Whether it is used where none is named.</param>
/// <param name="Exists">Whether its file is there now.</param>
/// <param name="Family">The id of its family; null where it cannot be opened.</param>
/// <param name="Space">The id of its latent space; null likewise.</param>
/// <param name="Problem">Why it cannot be opened; null where it can.</param>
public sealed record ServiceAutoencoder(string Name, string Source, bool Default, bool Exists, string? Family = null, string? Space = null,
    string? Problem = null);
