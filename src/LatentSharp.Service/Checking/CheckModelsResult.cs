using System.Text.Json.Serialization;
using LatentSharp.Service.ModelFolders;

namespace LatentSharp.Service.Checking;

/// <summary>A folder of models whose autoencoders and checkpoints are to be matched.</summary>
public sealed record CheckModelsRequest
{
    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Whether the values of the autoencoders are looked through for NaN and infinity, which takes as long as reading them.
    /// </summary>
    public bool Deep { get; init; }
}

/// <summary>Which autoencoder of a folder fits which checkpoint.</summary>
/// <param name="Folder">The folder, in full.</param>
/// <param name="Files">How many files and folders of diffusers hold weights.</param>
/// <param name="Complete">Whether there is an autoencoder for every checkpoint of which it is known which it needs.</param>
/// <param name="Models">Every diffusion model.</param>
/// <param name="Autoencoders">Every autoencoder.</param>
/// <param name="Loras">Every LoRA.</param>
/// <param name="Unusable">What cannot be read, or holds what is not known.</param>
public sealed record CheckModelsResult(string Folder, int Files, bool Complete, IReadOnlyList<CheckedModel> Models,
    IReadOnlyList<CheckedAutoencoder> Autoencoders, IReadOnlyList<CheckedLora> Loras, IReadOnlyList<UnusableFile> Unusable);

/// <summary>A diffusion model, and what fits it.</summary>
/// <param name="Name">Its path below the folder.</param>
/// <param name="Model">Which it is, as far as names and shapes tell.</param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Space">The id of the latent space that it works in; null where that is not known.</param>
/// <param name="Autoencoders">What fits it, the best first.</param>
/// <param name="Fetch">What to fetch where nothing fits; null where something does, or nothing is known.</param>
public sealed record CheckedModel(string Name, string? Model, string Title, string? Space, IReadOnlyList<FittingAutoencoder> Autoencoders,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PublishedPart? Fetch);

/// <summary>How sure it is that an autoencoder fits a model.</summary>
public enum FittingKind
{
    /// <summary>It lies in the checkpoint itself, or in the same folder of a pipeline.</summary>
    Own,
    /// <summary>It is known to speak the space.</summary>
    Sure,
    /// <summary>It has the shape, but its file does not say what it is: checking the pair tells, by the latents that it makes.</summary>
    Possible,
    /// <summary>It is tiny, fast and for previews.</summary>
    Preview,
}

/// <summary>An autoencoder that fits a model.</summary>
/// <param name="Name">Its path below the folder; for one that needs no file the name it answers to.</param>
/// <param name="Fit">How sure that is.</param>
public sealed record FittingAutoencoder(string Name, FittingKind Fit);

/// <summary>An autoencoder.</summary>
/// <param name="Name">Its path below the folder.</param>
/// <param name="Family">The id of its family.</param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Space">The id of its latent space; assumed where <paramref name="OtherSpaces"/> is there.</param>
/// <param name="OtherSpaces">Other spaces that its shape leaves open; null where its file says what it is.</param>
/// <param name="NonFinite">How many of its values are NaN or infinite; null when that was not asked for.</param>
public sealed record CheckedAutoencoder(string Name, string? Family, string Title, string? Space,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? OtherSpaces,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? NonFinite);

/// <summary>A LoRA.</summary>
/// <param name="Name">Its path below the folder.</param>
/// <param name="Model">The model that it changes; null where its names do not tell.</param>
/// <param name="Models">The models of that kind in the folder.</param>
public sealed record CheckedLora(string Name, string? Model, IReadOnlyList<string> Models);

/// <summary>A file that nothing can be said or done about.</summary>
/// <param name="Name">Its path below the folder.</param>
/// <param name="Problem">Why; null where it is sound and holds nothing that is known.</param>
public sealed record UnusableFile(string Name, string? Problem);
