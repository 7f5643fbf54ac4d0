using System.Text.Json.Serialization;

namespace LatentSharp.Service.Autoencoders;

/// <summary>The autoencoder that a use case worked with.</summary>
/// <param name="Name">The name it answers to.</param>
/// <param name="Path">The full path of its file or folder; null for one that is part of the program.</param>
/// <param name="Family">The id of its family.</param>
/// <param name="FamilyTitle">The name of the family for people.</param>
/// <param name="Space">The id of its latent space.</param>
/// <param name="SpaceTitle">The name of the space for people.</param>
/// <param name="Notes">What a user should know about it: how its family was found out, tensors that were not used.</param>
public sealed record UsedAutoencoder(string Name, string? Path, string Family, string FamilyTitle, string Space, string SpaceTitle,
    IReadOnlyList<string> Notes)
{
    /// <summary>Those of the notes that every command says, for they may mean a wrong file.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
