namespace LatentSharp.Tests.Diagnosing;

/// <summary>One picture that is diagnosed, and what should be said of it.</summary>
/// <param name="Set">Which question it belongs to.</param>
/// <param name="Kind">The finding that is right; empty where none is.</param>
/// <param name="Name">What was done to the photograph.</param>
/// <param name="Photograph">The photograph's file name.</param>
internal sealed record DiagnosisCase(DiagnosisSet Set, string Kind, string Name, string Photograph)
{
    /// <summary>The autoencoders beside the embedded one that are at hand, by the names of their files.</summary>
    public string? AtHand { get; init; }

    /// <summary>Makes the reference, where there is one, and the picture.</summary>
    public required Func<(ImageTensor? Reference, ImageTensor Picture)> Make { get; init; }

    /// <summary>What tells it from all other cases.</summary>
    public string Key => string.Join('\t', Set, Kind, Name, Photograph);
}

/// <summary>The questions of the experiment.</summary>
internal enum DiagnosisSet
{
    /// <summary>Planted defects of the eight kinds, with the reference: the first finding has to be right.</summary>
    Reference,
    /// <summary>Further kinds with the reference.</summary>
    Further,
    /// <summary>What good autoencoders and saving make of a photograph, with the reference: nothing is to be found.</summary>
    CleanPair,
    /// <summary>The same for autoencoders that change a picture visibly: told, not judged.</summary>
    LossyPair,
    /// <summary>Planted defects, from the picture alone: the kind has to be named.</summary>
    Alone,
    /// <summary>Photographs alone: nothing is to be found.</summary>
    CleanPhotograph,
    /// <summary>Photographs that an autoencoder of their own space decoded, alone: nothing is to be found.</summary>
    CleanDecoding,
    /// <summary>Latents decoded by an autoencoder of another space of as many channels.</summary>
    WrongAutoencoder,
}
