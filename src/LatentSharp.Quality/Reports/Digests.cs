using System.Security.Cryptography;
using System.Text;
using LatentSharp.Weights;

namespace LatentSharp.Quality.Reports;

/// <summary>SHA-256 digests that do not depend on containers: of weights as numbers, of pictures as pixels.</summary>
internal static class Digests
{
    /// <summary>Over names, shapes and float32 values in ordinal order of the names: equal for the same weights in any file format that holds them exactly.</summary>
    public static string OfWeights(WeightSource weights)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] values = new float[1 << 16];
        foreach ((string name, TensorInfo tensor) in weights.Tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {tensor.Shape}\n"));
            long count = tensor.Shape.ElementCount;
            for (long first = 0; first < count; first += values.Length)
            {
                Span<float> part = values.AsSpan(0, (int)Math.Min(values.Length, count - first));
                weights.Read(tensor, first, part);
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(part));
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Over the size and the 8-bit levels of picture 0.</summary>
    public static string OfPixels(ImageTensor image)
    {
        byte[] bytes = new byte[3 * image.Height * image.Width];
        for (int c = 0; c < 3; c++)
        {
            ReadOnlySpan<float> plane = image.Plane(0, c);
            for (int i = 0; i < plane.Length; i++) bytes[3 * i + c] = ImageTensor.ToByte(plane[i]);
        }
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{image.Width}x{image.Height} RGB8\n"));
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static string OfText(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
