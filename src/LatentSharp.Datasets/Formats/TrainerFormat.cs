using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// A kind of files that a trainer reads: their names, what is in them, and in which space. Latents come and go in diffusion space; what a
/// trainer keeps otherwise is converted here.
/// </summary>
internal abstract class TrainerFormat
{
    /// <summary>All formats.</summary>
    public static IReadOnlyList<TrainerFormat> All { get; } = [new KohyaFormat(), new AiToolkitFormat(), new MusubiFormat(),
        new SimpleTunerFormat(),
        OneTrainerFormat.Create(), new SafetensorsFormat(), SafetensorsShards.Format, WebDatasetShards.Format, ParquetShards.Format];

    /// <summary>The word for it.</summary>
    public abstract string Id { get; }

    /// <summary>The bucket rule that belongs to it.</summary>
    public abstract string UsualRule { get; }

    /// <summary>How values are stored when nothing else is said.</summary>
    public abstract ElementType UsualType { get; }

    /// <summary>How values can be stored.</summary>
    public abstract IReadOnlyList<ElementType> Types { get; }

    /// <summary>Whether the trainer turns pictures as their EXIF orientation says.</summary>
    public abstract bool TurnsUpright { get; }

    /// <summary>Whether latents of pictures that were not brought to a bucket can be read.</summary>
    public abstract bool TakesWholePictures { get; }

    /// <summary>Whether pictures that differ in their extension alone would get one file.</summary>
    public abstract bool NamesByStem { get; }

    /// <summary>Whether the log-variance of the posterior can be kept.</summary>
    public abstract bool KeepsPosterior { get; }

    /// <summary>Whether latents of mirrored pictures can be kept.</summary>
    public virtual bool TakesMirrored => true;

    /// <summary>Whether several crops of a picture can be kept.</summary>
    public virtual bool TakesCrops => false;

    /// <summary>Whether a mask of the picture's opacity can be kept.</summary>
    public virtual bool TakesAlphaMask => false;

    /// <summary>Makes the files of many pictures out of those of each; null for formats in which every picture has files of its
    /// own.</summary>
    public virtual Packing? Packing => null;

    /// <summary>The format of a given <see cref="Id"/>.</summary>
    public static TrainerFormat Of(string id) => All.First(f => f.Id == id);

    /// <summary>What the trainer calls the model that the latents are for.</summary>
    /// <exception cref="LatentSharpException">It knows none for this space, or not by this name.</exception>
    public abstract string ArchitectureOf(LatentSpace space, string? asked);

    /// <summary>The files of a picture.</summary>
    public abstract IReadOnlyList<TrainerFile> FilesOf(PictureLatent latent, FormatOptions options);

    /// <summary>Reads the files of a picture back.</summary>
    /// <param name="name">The picture's name.</param>
    /// <param name="placement">What was encoded of it.</param>
    /// <param name="files">The paths of its files, in the order in which they were written.</param>
    /// <param name="options">How the data set is written.</param>
    /// <exception cref="LatentSharpException">A file is missing, damaged, or holds another picture's latent.</exception>
    public abstract PictureLatent Read(string name, Placement placement, IReadOnlyList<string> files, FormatOptions options);

    /// <summary>Rows and columns of the latent of a placed picture.</summary>
    protected static (int Height, int Width) Grid(Placement placement, LatentSpace space)
        => ((placement.Bucket.Height + space.Factor - 1) / space.Factor, (placement.Bucket.Width + space.Factor - 1) / space.Factor);

    /// <summary>Takes one of the words that a trainer has for a model.</summary>
    protected string Choose(LatentSpace space, string? asked, IEnumerable<TrainerModel> known)
    {
        string[] fitting = [.. known.Where(k => k.Space == space).Select(k => k.Architecture)];
        if (fitting.Length == 0)
            throw new LatentSharpException(ErrorKind.Mismatch, Id,
                $"{Id} reads no latents of {space}; it reads those of {string.Join(", ", known.Select(k => k.Space.Id).Distinct())}.",
                "Choose another autoencoder, or another format.");
        if (asked is null) return fitting[0];
        return fitting.FirstOrDefault(f => f.Equals(asked, StringComparison.OrdinalIgnoreCase))
            ?? throw new LatentSharpException(ErrorKind.Usage, asked,
                $"{Id} has no architecture of this name with latents of {space.Title}; there are: {string.Join(", ", fitting)}.",
                new Remedy(RemedyKind.GiveOption, "Choose one of these.", "architecture"));
    }

    /// <summary>A file that holds something else than what was written there.</summary>
    protected static LatentSharpException Other(string path, string what)
        => new(ErrorKind.BadInput, path, what, "It was changed since it was written; encode the picture again.");
}
