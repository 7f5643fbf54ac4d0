using System.Text.Json.Serialization;

namespace LatentSharp.Service.ModelFolders;

/// <summary>What lies in folders of models, and what the pipelines lack.</summary>
/// <param name="Folders">The folders that were looked through.</param>
/// <param name="Pipelines">
/// A pipeline for every diffusion model, and those that are usual whose model is not there; the complete ones first.
/// </param>
/// <param name="Files">Every file and folder with weights or vocabularies.</param>
public sealed record ModelsResult(IReadOnlyList<string> Folders, IReadOnlyList<PipelineFacts> Pipelines, IReadOnlyList<ModelFile> Files);

/// <summary>What it takes to make pictures with a model, and where it lies.</summary>
/// <param name="Name">The name by which it is called: of the model's file or folder.</param>
/// <param name="Model">The model, as far as names and shapes tell.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Space">The id of its latent space; null where it is not known.</param>
/// <param name="Complete">Whether nothing is missing that it is known to need.</param>
/// <param name="Parts">The parts.</param>
public sealed record PipelineFacts(string Name, string? Model, string Title, string? Space, bool Complete,
    IReadOnlyList<PipelinePart> Parts)
{
    /// <summary>What it has learnt to draw, where the program brings it along; null of others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Embedded { get; init; }

    /// <summary>
    /// The folder in which both vocabularies are found, in itself or in the two folders of diffusers; null where none is.
    /// </summary>
    internal string? Tokenizers => (PathOf("clip-tokenizer"), PathOf("t5-tokenizer")) switch
    {
        ({ } clip, { } t5) when clip == t5 => clip,
        ({ } clip, { } t5) when Path.GetDirectoryName(clip) == Path.GetDirectoryName(t5) =>
            Path.GetDirectoryName(clip),
        _ => null,
    };

    /// <summary>Where a part lies; null where it is missing or not needed.</summary>
    internal string? PathOf(string part) => Parts.FirstOrDefault(p => p.Part == part)?.Path;
}

/// <summary>A part of a pipeline.</summary>
/// <param name="Part">
/// Which: <c>diffusion-model</c>, <c>autoencoder</c>, <c>clip-l</c>, <c>clip-g</c>, <c>clip-h</c>, <c>t5-xxl</c>, <c>clip-tokenizer</c>,
/// <c>t5-tokenizer</c>, <c>scheduler</c>.
/// </param>
/// <param name="Title">The same for people.</param>
/// <param name="Path">
/// The file or folder that would be used, or the name of an autoencoder that the program brings along; null when there is none.
/// </param>
/// <param name="Others">Others that would do.</param>
/// <param name="Fetch">What to fetch where there is none; null where there is one, or nothing is known.</param>
public sealed record PipelinePart(string Part, string Title, string? Path, IReadOnlyList<string> Others,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PublishedPart? Fetch);
