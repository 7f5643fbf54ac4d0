using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Latents;
using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// SimpleTuner (<c>simpletuner/helpers/caching/vae.py</c>, 06b96af): <c>DIGEST.pt</c> in <c>cache_dir_vae</c>, below the folders of the
/// picture, where the digest is that of its name without extension. Its lists of buckets, which hold its own configuration and whole
/// paths, it makes itself.
/// </summary>
internal sealed class SimpleTunerFormat : TrainerFormat
{
    /// <inheritdoc/>
    public override string Id => "simpletuner";

    /// <inheritdoc/>
    public override string UsualRule => "fixed";

    /// <inheritdoc/>
    public override ElementType UsualType => ElementType.BF16;

    /// <inheritdoc/>
    public override IReadOnlyList<ElementType> Types => [ElementType.BF16, ElementType.F16, ElementType.F32];

    /// <inheritdoc/>
    public override bool TurnsUpright => true;

    /// <inheritdoc/>
    public override bool TakesWholePictures => false;

    /// <inheritdoc/>
    public override bool NamesByStem => true;

    /// <inheritdoc/>
    public override bool KeepsPosterior => false;

    /// <inheritdoc/>
    public override bool TakesMirrored => false;

    /// <inheritdoc/>
    public override string ArchitectureOf(LatentSpace space, string? asked) => Choose(space, asked, TrainerModel.SimpleTuner);

    /// <inheritdoc/>
    public override IReadOnlyList<TrainerFile> FilesOf(PictureLatent latent, FormatOptions options)
    {
        Latent values = latent.Latent;
        return [new TrainerFile(FileName(latent), stream => TorchArchive.Write(stream,
            TorchTensor.Of(options.Type, values.Values, values.Channels, values.Height, values.Width)))];
    }

    /// <inheritdoc/>
    public override PictureLatent Read(string name, Placement placement, IReadOnlyList<string> files, FormatOptions options)
    {
        using TorchFile file = TorchFile.Open(files[0]);
        (int height, int width) = Grid(placement, options.Space);
        var shape = new Shape(options.Space.Channels, height, width);
        if (file.Tensors.Values.ToArray() is not [var tensor] || tensor.Shape != shape)
            throw Other(files[0], $"a tensor {shape} was expected; found {string.Join(", ", file.Tensors.Values.Select(t => t.Shape))}.");
        return new PictureLatent(name, placement,
            new Latent(options.Space, TensorFileReader.Values(file, tensor, allowNonFinite: false, []), 1, height, width));
    }

    /// <summary>The file's path for a picture.</summary>
    public static string FileName(PictureLatent latent)
        => latent.Folder + Sha256.OfText(Path.GetFileNameWithoutExtension(latent.FileName)) + ".pt";
}
