using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Latents;

/// <summary>Takes a tensor of data (not of weights) from a file, with the checks that data need.</summary>
internal static class TensorFileReader
{
    /// <summary>
    /// The dimensions as [N, C, H, W]: a missing batch dimension is added, a single frame of a video latent [N, C, 1, H, W] is dropped.
    /// </summary>
    /// <exception cref="LatentSharpException">The tensor has another rank, a dimension of size 0, too many values, or is not made of
    /// floating-point numbers.</exception>
    public static (int Batch, int Channels, int Height, int Width) Dimensions(WeightSource file, TensorInfo tensor)
    {
        long[] d = tensor.Shape.Dimensions switch
        {
            [long c, long h, long w] => [1, c, h, w],
            [long n, long c, long h, long w] => [n, c, h, w],
            [long n, long c, 1, long h, long w] => [n, c, h, w],
            _ => throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"the tensor {tensor.Name} has the shape {tensor.Shape}; [N, C, height, width] was expected.", "Videos and sequences are not read."),
        };
        RequireData(file, tensor);
        return ((int)d[0], (int)d[1], (int)d[2], (int)d[3]);
    }

    /// <summary>Refuses a tensor that holds no numbers, none at all, or too many.</summary>
    /// <exception cref="LatentSharpException">It does.</exception>
    public static void RequireData(WeightSource file, TensorInfo tensor)
    {
        if (!tensor.Type.IsFloat())
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"the tensor {tensor.Name} is stored as {tensor.Type.Name()}; floating-point numbers were expected.");
        if (tensor.Shape.ElementCount == 0)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name, $"the tensor {tensor.Name} has the shape {tensor.Shape}: it holds nothing.");
        if (tensor.Shape.ElementCount > Array.MaxLength)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"the tensor {tensor.Name} {tensor.Shape} has {tensor.Shape.ElementCount:N0} values, more than one array holds.",
                "Split the batch over several files.");
    }

    /// <summary>The values; those that are not finite are refused or noted.</summary>
    /// <exception cref="LatentSharpException">Some values are not finite and <paramref name="allowNonFinite"/> is false.</exception>
    public static float[] Values(WeightSource file, TensorInfo tensor, bool allowNonFinite, List<string> notes)
    {
        float[] values = file.Read(tensor);
        long nan = 0, infinite = 0, first = -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i])) continue;
            if (first < 0) first = i;
            if (float.IsNaN(values[i])) nan++;
            else infinite++;
        }
        if (first < 0) return values;
        string what = $"the tensor {tensor.Name} holds {nan:N0} NaN and {infinite:N0} infinite values among {values.Length:N0}, the first at "
            + $"{Position(tensor.Shape, first)}";
        if (!allowNonFinite)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name, what + ".",
                "They would spread over the whole picture. They usually come from an autoencoder or sampler run in half precision: encode or sample "
                    + "again in float32.");
        notes.Add(what);
        return values;
    }

    private static string Position(Shape shape, long index)
    {
        var position = new long[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--) (index, position[axis]) = Math.DivRem(index, shape[axis]);
        return "[" + string.Join(", ", position) + "]";
    }
}
