namespace LatentSharp.Weights.Files.Torch;

/// <summary>A rule that a checkpoint breaks. <see cref="TorchFile"/> turns it into the error that users see.</summary>
internal sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the checkpoint asked for something beyond data: a name that reaches outside the file, a call, an object.</summary>
    public bool AsksForCode { get; private init; }

    /// <summary>Whether it is a whole file of another kind: an archive to be unpacked.</summary>
    public bool IsArchive { get; private init; }

    /// <summary>The refusal of an ordinary zip archive.</summary>
    public static CheckpointException Archive(string what) => new(what) { IsArchive = true };

    /// <summary>The refusal of something beyond data.</summary>
    public static CheckpointException Code(string request)
        => new($"{request}, which no tensor needs. It was not resolved and nothing was run") { AsksForCode = true };
}
