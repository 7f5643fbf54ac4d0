using System.Globalization;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;

namespace LatentSharp.Datasets.Formats;

/// <summary>LatentSharp's own latent files, one a picture: they say which space they are in and where they come from.</summary>
internal class SafetensorsFormat : TrainerFormat
{
    private const string Extension = ".latent.safetensors";

    /// <inheritdoc/>
    public override string Id => "safetensors";

    /// <inheritdoc/>
    public override string UsualRule => "none";

    /// <inheritdoc/>
    public override ElementType UsualType => ElementType.BF16;

    /// <inheritdoc/>
    public override IReadOnlyList<ElementType> Types => [ElementType.BF16, ElementType.F16, ElementType.F32];

    /// <inheritdoc/>
    public override bool TurnsUpright => true;

    /// <inheritdoc/>
    public override bool TakesWholePictures => true;

    /// <inheritdoc/>
    public override bool NamesByStem => false;

    /// <inheritdoc/>
    public override bool KeepsPosterior => true;

    /// <inheritdoc/>
    public override bool TakesCrops => true;

    /// <summary>The folder of the files below the data set's, with a slash behind it; empty for the data set's own.</summary>
    protected virtual string Folder => "";

    /// <inheritdoc/>
    public override string ArchitectureOf(LatentSpace space, string? asked) => Choose(space, asked, [new TrainerModel(space.Id, space)]);

    /// <inheritdoc/>
    public override IReadOnlyList<TrainerFile> FilesOf(PictureLatent latent, FormatOptions options)
    {
        // The extension stays: a.png and a.jpg are two pictures.
        string name = Folder + latent.Name + (latent.Crop == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".crop{latent.Crop}"));
        var files = new List<TrainerFile> { new(name + Extension, s => LatentFile.Save(s, latent.Latent, options.Type)) };
        if (latent.Mirrored is { } mirrored) files.Add(new TrainerFile(name + ".mirrored" + Extension, s => LatentFile.Save(s, mirrored, options.Type)));
        return files;
    }

    /// <inheritdoc/>
    public override PictureLatent Read(string name, Placement placement, IReadOnlyList<string> files, FormatOptions options)
        => new(name, placement, ReadFile(files[0], placement, options.Space))
        {
            Mirrored = files.Count > 1 ? ReadFile(files[1], placement, options.Space) : null,
        };

    private static Latent ReadFile(string path, Placement placement, LatentSpace space)
    {
        Latent latent = LatentFile.Load(path);
        (int height, int width) = Grid(placement, space);
        if (latent.Space != space || (latent.Height, latent.Width) != (height, width))
            throw Other(path, $"it holds a {latent}; {space.Title} [{height}, {width}] was expected.");
        return latent;
    }
}
