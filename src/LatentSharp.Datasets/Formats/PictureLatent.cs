using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Tensors;

namespace LatentSharp.Datasets.Formats;

/// <summary>The latent of a picture of a data set, on its way to or from a trainer's files.</summary>
/// <param name="Name">The picture's path below the source, with slashes.</param>
/// <param name="Placement">What was encoded of it.</param>
/// <param name="Latent">The latent, of batch 1; its provenance says where it comes from.</param>
internal sealed record PictureLatent(string Name, Placement Placement, Latent Latent)
{
    /// <summary>The latent of the picture as in a mirror; null when that was not asked for.</summary>
    public Latent? Mirrored { get; init; }

    /// <summary>Which crop of the picture it is, from 0.</summary>
    public int Crop { get; init; }

    /// <summary>How opaque each pixel of the bucket is, 0 to 1, row-major; null when that was not asked for.</summary>
    public float[]? AlphaMask { get; init; }

    /// <summary>The folder of the name with a slash behind it; empty at the top.</summary>
    public string Folder => Name[..(Name.LastIndexOf('/') + 1)];

    /// <summary>The name of the file without its folder.</summary>
    public string FileName => Name[(Name.LastIndexOf('/') + 1)..];

    /// <summary>The name without its extension, with the folder.</summary>
    public string Stem => Folder + Path.GetFileNameWithoutExtension(FileName);
}

/// <summary>How a data set is written, as far as its format has a choice.</summary>
/// <param name="Space">The latent space.</param>
/// <param name="Architecture">What the trainer calls the model; null for the usual one of the space.</param>
/// <param name="Type">How values are stored.</param>
internal sealed record FormatOptions(LatentSpace Space, string? Architecture, ElementType Type);

/// <summary>A file of a data set that is to be written.</summary>
/// <param name="Name">Its path below the data set's folder, with slashes.</param>
/// <param name="Write">Writes it.</param>
internal sealed record TrainerFile(string Name, Action<Stream> Write);
