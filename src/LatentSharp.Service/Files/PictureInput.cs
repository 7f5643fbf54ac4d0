using LatentSharp.Latents;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Files;

/// <summary>A picture to work on: a picture file, or a safetensors file with a tensor <c>image</c>.</summary>
/// <param name="Image">[N, 3, H, W] in [-1, 1].</param>
/// <param name="Notes">What was done beyond plain reading.</param>
internal sealed record PictureInput(ImageTensor Image, IReadOnlyList<string> Notes)
{
    internal static PictureInput Load(string path)
    {
        if (!FileContent.IsSafetensors(path))
        {
            Picture picture = PictureFile.Load(path);
            return new PictureInput(picture.Image, picture.Notes);
        }
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!TensorImageFile.Is(file) && LatentFile.KindOf(file) != LatentFileKind.None)
            throw new LatentSharpException(ErrorKind.BadInput, path, "this is a latent file already; a picture is expected.",
                new Remedy(RemedyKind.DecodeLatent, "Turn it into a picture first.", path));
        return new PictureInput(TensorImageFile.Read(file), []);
    }

    /// <summary>The one picture of a file.</summary>
    internal static ImageTensor Single(string path)
    {
        ImageTensor image = Load(path).Image;
        return image.Batch == 1 ? image : throw new LatentSharpException(ErrorKind.BadInput, path,
            $"this file holds {image.Batch} pictures; one is looked at at a time.", "Save the pictures one by one.");
    }
}
