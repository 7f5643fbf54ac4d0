using LatentSharp.Latents;
using LatentSharp.Quality.Findings;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Files;

/// <summary>Latents to work on.</summary>
internal static class LatentInput
{
    /// <summary>Reads a latent file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">The space of a file that names none; null to go by its shape.</param>
    /// <param name="allowNonFinite">Whether NaN and infinite values are noted instead of refused.</param>
    internal static LatentFileContent Load(string path, LatentSpace? space, bool allowNonFinite = false)
        => Load(path, new LatentFileOptions { Space = space, AllowNonFinite = allowNonFinite });

    /// <summary>Reads a latent file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What is known that the file may not say.</param>
    internal static LatentFileContent Load(string path, LatentFileOptions options)
    {
        if (!FileContent.IsSafetensors(path) && PictureFormat.FromExtension(path) is not null)
            throw Refused(path, "this is a picture; a latent file is expected.");
        // A torch file may hold a latent too, and the other readers say what it is instead.
        using WeightFile file = FileContent.IsSafetensors(path) ? SafetensorsFile.Open(path) : WeightFiles.Open(path);
        if (TensorImageFile.Is(file) && LatentFile.KindOf(file) == LatentFileKind.None)
            throw Refused(path, "this file holds pictures as numbers (a tensor \"image\"); a latent is expected.");
        return LatentFile.Read(file, options);
    }

    /// <summary>
    /// What the values of a file that names no space say against decoding it as it is: none of a picture, without scale and shift, of
    /// another space. Null for nothing, and for files that say what they are.
    /// </summary>
    internal static Finding? Against(LatentFileContent content, LatentSpace space)
    {
        if (content.Kind is LatentFileKind.LatentSharp or LatentFileKind.Trainer && content.SpaceIsStated) return null;
        return LatentFindings.OfValues(content.Latent, space);
    }

    /// <summary>What makes a latent that other programs laid out in their way one that all can read.</summary>
    internal static Remedy Mend(string path) => new(RemedyKind.MendLatent, "It can be written as other programs expect it.", path);

    private static LatentSharpException Refused(string path, string what)
        => new(ErrorKind.BadInput, path, what, new Remedy(RemedyKind.EncodePicture, "Turn it into a latent first.", path));
}
