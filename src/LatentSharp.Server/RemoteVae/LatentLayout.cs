using LatentSharp.Latents;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.RemoteVae;

/// <summary>How the elements of a request are latents of a space: [N, C, h, w], or tokens [N, count, features] with the picture's
/// size.</summary>
/// <param name="Batch">N.</param>
/// <param name="Height">h.</param>
/// <param name="Width">w.</param>
/// <param name="Packed">Whether they are tokens.</param>
internal readonly record struct LatentLayout(int Batch, int Height, int Width, bool Packed)
{
    /// <summary>The layout of a tensor.</summary>
    /// <exception cref="RefusedRequest">The tensor is no latent of the space.</exception>
    internal static LatentLayout Of(WireTensor tensor, QueryValues query, LatentSpace space, string autoencoder)
    {
        IReadOnlyList<int> shape = tensor.Shape;
        if (shape.Count == 3) return Tokens(tensor, query, space);
        if (shape[1] != space.Channels)
        {
            string found = string.Join(", ", LatentSpace.Known.Where(s => s.Channels == shape[1]).Select(s => s.Title));
            throw new RefusedRequest(StatusCodes.Status409Conflict,
                $"{shape[1]} channels were sent{(found.Length == 0 ? "" : $" ({found})")}; {autoencoder} speaks {space.Title} and takes {space.Channels}.",
                "Send the latents to an autoencoder of their own space.", WireTensor.ShapeName)
            { Expected = $"{space.Id}, {space.Channels} channels", Found = $"{shape[1]} channels{(found.Length == 0 ? "" : $" ({found})")}" };
        }
        return new LatentLayout(shape[0], shape[2], shape[3], false);
    }

    /// <summary>The values as [N, C, h, w].</summary>
    internal float[] Arrange(float[] values, LatentSpace space)
    {
        if (!Packed) return values;
        var latent = new float[values.Length];
        int size = values.Length / Batch, plane = Height * Width;
        for (int n = 0; n < Batch; n++)
        {
            ReadOnlySpan<float> tokens = values.AsSpan(n * size, size);
            Span<float> to = latent.AsSpan(n * size, size);
            if (space.Patch == 1) LatentTokens.Unpack(tokens, to, Height, Width);
            else
                for (int i = 0; i < size; i++) to[i] = tokens[i % plane * space.Channels + i / plane];
        }
        return latent;
    }

    // A token holds 2 x 2 positions; in spaces that pack them into channels anyway it is one position.
    private static LatentLayout Tokens(WireTensor tensor, QueryValues query, LatentSpace space)
    {
        (int batch, int count, int features) = (tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]);
        if (query.Integer("height") is not { } height || query.Integer("width") is not { } width)
            throw QueryValues.Refused("height", "A tensor of 3 dimensions is one of tokens, and needs the height and width of the picture.",
                "Give both in pixels, or send [N, C, h, w].");
        int side = space.Patch == 1 ? LatentTokens.Patch : 1, step = space.Factor * side;
        if (features != space.Channels * side * side)
            throw QueryValues.Refused(WireTensor.ShapeName,
                $"Tokens of {features} features were sent; those of {space.Title} have {space.Channels * side * side}.",
                "Send the latents to an autoencoder of their own space.");
        (int rows, int columns) = (height / step, width / step);
        if (rows < 1 || columns < 1 || (long)rows * columns != count)
            throw QueryValues.Refused(WireTensor.ShapeName, $"{count} tokens were sent; a picture of {width} x {height} has {(long)rows * columns}.",
                "Check height and width, which are in pixels.");
        return new LatentLayout(batch, rows * side, columns * side, true);
    }
}
