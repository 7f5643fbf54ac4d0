using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Latents;

/// <summary>
/// Pictures as raw numbers: a safetensors file with a float tensor <c>image</c> [N, 3, H, W], RGB in [-1, 1], or [N, 4, H, W] with the
/// opacity last, values as a network gave them (not clamped).
/// </summary>
internal static class TensorImageFile
{
    /// <summary>The tensor that holds the pictures.</summary>
    public const string TensorName = "image";

    /// <summary>Writes the pictures as float32. The file appears only when it is complete.</summary>
    /// <exception cref="LatentSharpException">The file cannot be written.</exception>
    public static void Save(string path, ImageTensor image)
        => AtomicFile.Write(path, stream => Save(stream, image));

    /// <summary>Writes the bytes of such a file to a stream, which stays open.</summary>
    public static void Save(Stream stream, ImageTensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        (float[] values, int channels) = image.Opacity is null ? (image.Values, ImageTensor.Channels)
            : (WithOpacity(image), ImageTensor.Channels + 1);
        SafetensorsWriter.Write(stream, [SafetensorsEntry.Of(TensorName, values, image.Batch, channels, image.Height, image.Width)],
            new Dictionary<string, string> { ["latentsharp.image"] = "1", ["range"] = "[-1, 1]", ["colours"] = "sRGB" });
    }

    /// <summary>Whether an open file of tensors holds pictures: a tensor <c>image</c>.</summary>
    public static bool Is(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Tensors.ContainsKey(TensorName);
    }

    /// <summary>Reads pictures; float16 and bfloat16 are widened.</summary>
    /// <exception cref="LatentSharpException">The file is missing or damaged, has no tensor <c>image</c> [N, 3 or 4, H, W] or [3 or 4, H,
    /// W], or holds values that are not finite.</exception>
    public static ImageTensor Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return Read(file);
    }

    /// <summary>As <see cref="Load"/>, from an open file.</summary>
    /// <exception cref="LatentSharpException">See <see cref="Load"/>.</exception>
    public static ImageTensor Read(WeightSource file)
    {
        (TensorInfo tensor, int batch, int channels, int height, int width) = Found(file);
        float[] values = TensorFileReader.Values(file, tensor, allowNonFinite: false, []);
        if (channels == ImageTensor.Channels) return new ImageTensor(values, batch, height, width);
        int plane = height * width;
        var image = new ImageTensor(batch, height, width) { Opacity = new float[batch * plane] };
        for (int i = 0; i < batch; i++)
        {
            ReadOnlySpan<float> picture = values.AsSpan(i * channels * plane, channels * plane);
            picture[..(ImageTensor.Channels * plane)].CopyTo(image.Values.AsSpan(i * ImageTensor.Channels * plane));
            picture[(ImageTensor.Channels * plane)..].CopyTo(image.Opacity.AsSpan(i * plane));
        }
        return image;
    }

    /// <summary>How many pictures a file holds and how large they are, without reading them.</summary>
    /// <exception cref="LatentSharpException">It has no tensor <c>image</c> of such a shape.</exception>
    public static (int Batch, int Height, int Width) SizeOf(WeightSource file)
    {
        (_, int batch, _, int height, int width) = Found(file);
        return (batch, height, width);
    }

    private static (TensorInfo Tensor, int Batch, int Channels, int Height, int Width) Found(WeightSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!file.Tensors.TryGetValue(TensorName, out TensorInfo? tensor))
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"a tensor \"{TensorName}\" [N, 3, height, width] was expected; the file has none.", Remedy.Inspect(file.Name));
        (int batch, int channels, int height, int width) = TensorFileReader.Dimensions(file, tensor);
        if (channels is not (ImageTensor.Channels or ImageTensor.Channels + 1))
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"the tensor {TensorName} has the shape {tensor.Shape}; [N, 3, height, width], or 4 with the opacity, was expected, channels before rows.",
                channels > 4 ? "If the colours come last, transpose it." : null);
        return (tensor, batch, channels, height, width);
    }

    private static float[] WithOpacity(ImageTensor image)
    {
        int plane = image.Height * image.Width, colours = ImageTensor.Channels * plane;
        var values = new float[image.Batch * (colours + plane)];
        for (int i = 0; i < image.Batch; i++)
        {
            image.Values.AsSpan(i * colours, colours).CopyTo(values.AsSpan(i * (colours + plane)));
            image.Opacity.AsSpan(i * plane, plane).CopyTo(values.AsSpan(i * (colours + plane) + colours));
        }
        return values;
    }
}
