using LatentSharp.Latents;
using LatentSharp.Weights.Files;

namespace LatentSharp.Cli.Files;

/// <summary>Latents to decode.</summary>
internal static class LatentInput
{
    internal static LatentFileContent Load(string path, LatentSpace? space)
    {
        if (!FileContent.IsSafetensors(path) && PictureFormat.FromExtension(path) is not null)
            throw new LatentSharpException(ErrorKind.BadInput, path, "this is a picture; a latent file is expected.", new Remedy(RemedyKind.EncodePicture, "Turn it into a latent first.", path));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (TensorImageFile.Is(file) && LatentFile.KindOf(file) == LatentFileKind.None)
            throw new LatentSharpException(ErrorKind.BadInput, path, "this file holds pictures as numbers (a tensor \"image\"); a latent is expected.", new Remedy(RemedyKind.EncodePicture, "Turn it into a latent first.", path));
        return LatentFile.Read(file, new LatentFileOptions { Space = space });
    }
}
