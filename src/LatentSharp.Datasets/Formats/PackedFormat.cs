using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// A format whose files hold many pictures. The latent of each lies in a file of its own in the data set's hidden folder, so that work
/// goes on where it was, whatever happens; the files that are asked for are made of those at the end.
/// </summary>
/// <param name="id">The word for it.</param>
/// <param name="packing">Makes the files.</param>
/// <param name="types">How values can be stored, the usual first.</param>
internal sealed class PackedFormat(string id, Packing packing, params ElementType[] types) : SafetensorsFormat
{
    /// <inheritdoc/>
    public override string Id => id;

    /// <inheritdoc/>
    public override string UsualRule => Rule;

    /// <inheritdoc/>
    public override ElementType UsualType => types[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ElementType> Types => types;

    /// <inheritdoc/>
    public override bool TakesWholePictures => Models is null;

    /// <inheritdoc/>
    public override bool KeepsPosterior => Models is null;

    /// <inheritdoc/>
    public override bool TakesMirrored => Models is null;

    /// <inheritdoc/>
    public override bool TakesCrops => Models is null;

    /// <inheritdoc/>
    public override Packing Packing => packing;

    /// <summary>The bucket rule that belongs to it.</summary>
    public string Rule { get; init; } = "none";

    /// <summary>The models that a trainer reads them for; null where nobody cares, who reads plain means of whatever size.</summary>
    public IReadOnlyList<TrainerModel>? Models { get; init; }

    /// <inheritdoc/>
    protected override string Folder => ".latent-dataset/objects/";

    /// <inheritdoc/>
    public override string ArchitectureOf(LatentSpace space, string? asked)
        => Models is null ? base.ArchitectureOf(space, asked) : Choose(space, asked, Models);
}
