using LatentSharp.Latents;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Weights.Files;

namespace LatentSharp.Server.Native;

/// <summary>Pictures in requests: a picture file, or a safetensors file with a tensor <c>image</c>.</summary>
internal static class UploadedPicture
{
    private const int HeaderLength = 9;

    /// <summary>How many there are and how large they are, by the header.</summary>
    internal static (int Batch, int Height, int Width) Size(UploadedFile file, Workbench bench)
    {
        if (!IsSafetensors(file.Path))
        {
            (int width, int height) = RequirePixels(file, bench).DisplaySize;
            return (1, height, width);
        }
        using SafetensorsFile tensors = SafetensorsFile.Open(file.Path);
        return TensorImageFile.SizeOf(tensors);
    }

    /// <summary>Reads it. What has too many pixels is refused by its header.</summary>
    internal static (ImageTensor Image, IReadOnlyList<string> Notes) Load(UploadedFile file, Workbench bench)
    {
        if (IsSafetensors(file.Path))
        {
            using SafetensorsFile tensors = SafetensorsFile.Open(file.Path);
            ImageTensor image = TensorImageFile.Read(tensors);
            bench.Planned.RequirePixels(image.Batch, image.Height, image.Width);
            return (image, []);
        }
        RequirePixels(file, bench);
        Picture picture = PictureFile.Load(file.Path, new PictureOptions { MaximumPixels = bench.Options.MaximumPixels });
        return (picture.Image, picture.Notes);
    }

    /// <summary>Refuses a picture file whose header promises too many pixels.</summary>
    internal static PictureInfo RequirePixels(UploadedFile file, Workbench bench)
    {
        PictureInfo info = PictureFile.Inspect(file.Path);
        bench.Planned.RequirePixels(1, info.Height, info.Width);
        return info;
    }

    // A header length that fits, then an opening brace.
    private static bool IsSafetensors(string path)
    {
        Span<byte> start = stackalloc byte[HeaderLength];
        using FileStream stream = File.OpenRead(path);
        return stream.ReadAtLeast(start, HeaderLength, throwOnEndOfStream: false) == HeaderLength && start[^1] == (byte)'{'
            && BitConverter.ToUInt64(start) <= (ulong)stream.Length;
    }
}
