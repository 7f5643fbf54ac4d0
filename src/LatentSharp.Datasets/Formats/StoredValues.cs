using System.Globalization;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Datasets.Formats;

/// <summary>Values as files keep them.</summary>
internal static class StoredValues
{
    /// <summary>The bytes of values, little-endian, rounded to nearest, ties to even.</summary>
    /// <exception cref="LatentSharpException">The type cannot hold one of them.</exception>
    public static byte[] Of(ElementType type, float[] values)
    {
        var bytes = new byte[values.Length * type.BlockBytes()];
        long lost = Narrowing.FromSingle(type, values, bytes);
        if (lost > 0)
            throw new LatentSharpException(ErrorKind.BadInput, type.Name(),
                string.Create(CultureInfo.InvariantCulture, $"{lost} values of a latent lie outside what {type.Name()} can hold."), "Choose bf16 or f32.");
        return bytes;
    }
}
