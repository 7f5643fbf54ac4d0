using LatentSharp.Tensors;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// Files that hold the latents of many pictures: they are made of all latents once each of them is there, always the same bytes of the
/// same latents.
/// </summary>
internal abstract class Packing
{
    /// <summary>The most latents in a file when nothing else is said.</summary>
    public const int UsualShardSize = 10_000;

    /// <summary>Writes the files, each of them whole or not at all.</summary>
    /// <returns>Their names below the folder.</returns>
    public abstract IReadOnlyList<string> Write(PackedSamples samples);
}

/// <summary>All latents of a data set, to be packed.</summary>
/// <param name="Folder">Where the files are written.</param>
/// <param name="Space">The latent space.</param>
/// <param name="Type">How values are stored.</param>
/// <param name="ShardSize">The most latents in a file.</param>
/// <param name="All">The latents in their order; they can be gone through once.</param>
internal sealed record PackedSamples(string Folder, LatentSpace Space, ElementType Type, int ShardSize, IEnumerable<PackedSample> All)
{
    /// <summary>How many there are.</summary>
    public required int Count { get; init; }

    /// <summary>The names of the pictures.</summary>
    public required IEnumerable<string> Names { get; init; }
}

/// <summary>A latent that is to be packed: of a picture, or of one of its crops.</summary>
/// <param name="Picture">The picture's name.</param>
/// <param name="Crop">Which crop of it, from 0.</param>
/// <param name="Caption">What is written about the picture; null for nothing.</param>
/// <param name="Load">Reads the latent, each time it is called: a file of thousands is written without having them all in memory.</param>
internal sealed record PackedSample(string Picture, int Crop, string? Caption, Func<PictureLatent> Load)
{
    /// <summary>The picture's name, with the number of the crop where it is not the first.</summary>
    public string Name => Crop == 0 ? Picture : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Picture}#{Crop}");
}
