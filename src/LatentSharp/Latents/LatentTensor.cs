using LatentSharp.Weights;

namespace LatentSharp.Latents;

/// <summary>
/// The values of a latent as a file keeps them, laid out as [N, C, h, w]: other programs put the channels last, keep the axis of frames of
/// a video model, or keep the tokens in which FLUX.1 and Qwen-Image ([N, tokens, 64], 2x2 positions a token) and FLUX.2 ([N, tokens, 128])
/// see latents.
/// </summary>
/// <param name="Values">N*C*h*w values.</param>
/// <param name="Batch">N.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">h.</param>
/// <param name="Width">w.</param>
/// <param name="IsRearranged">Whether the file has them in another order.</param>
internal sealed record LatentTensor(float[] Values, int Batch, int Channels, int Height, int Width, bool IsRearranged)
{
    private const int FluxToken = LatentTokens.Features, Flux2Token = 128;

    // Neighbours in a picture differ less than neighbouring channels do: by this much it is certain which axis is which.
    private const double Smoother = 0.7;

    /// <summary>Reads a tensor.</summary>
    /// <param name="file">Where it lies.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="options">The space, and the size of the picture, where the caller knows them.</param>
    /// <param name="notes">Told what was laid out anew.</param>
    /// <param name="singleFrame">Whether four axes are [C, frames, h, w], as trainers keep them.</param>
    /// <exception cref="LatentSharpException">It is a video's, holds nothing or values that are not finite, or its axes cannot be
    /// told.</exception>
    public static LatentTensor Read(WeightSource file, TensorInfo tensor, LatentFileOptions options, List<string> notes,
        bool singleFrame = false)
    {
        TensorFileReader.RequireData(file, tensor);
        long[] axes = WithoutFrames(file, tensor, singleFrame);
        float[] values = TensorFileReader.Values(file, tensor, options.AllowNonFinite, notes);
        string name = $"the tensor {tensor.Name} {tensor.Shape}";
        if (singleFrame) return new LatentTensor(values, 1, (int)axes[0], (int)axes[1], (int)axes[2], false);
        if (TokensOf(axes) is { } tokens) return FromTokens(file, values, tokens, options.PictureSize, name, notes);
        (int n, int a, int b, int c) = axes switch
        {
            [long x, long y, long z] => (1, (int)x, (int)y, (int)z),
            [long w, long x, long y, long z] => ((int)w, (int)x, (int)y, (int)z),
            _ => throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"the tensor {tensor.Name} has the shape {tensor.Shape}; [N, C, height, width] was expected."),
        };
        if (a == 1 && n > 1 && IsKnown(n, options.Space))
        {
            notes.Add($"{name} has the axes of batch and channels the other way round; they were swapped");
            return new LatentTensor(values, 1, n, b, c, true);
        }
        if (!IsLast(values, (n, a, b, c), options.Space)) return new LatentTensor(values, n, a, b, c, false);
        notes.Add($"{name} has its channels last; they were put first");
        return new LatentTensor(ChannelsFirst(values, n, a * b, c), n, c, a, b, true);
    }

    /// <summary>The values with the scale and shift of a space applied.</summary>
    public LatentTensor Scaled(LatentSpace space)
    {
        var scaled = new float[Values.Length];
        int size = Values.Length / Batch;
        LatentSpace flat = space with { Patch = 1 };
        for (int i = 0; i < Batch; i++) flat.ToDiffusion(Values.AsSpan(i * size, size), scaled.AsSpan(i * size, size), Height, Width);
        return this with { Values = scaled };
    }

    /// <summary>Other values of the same tensor's shape, such as a log-variance, laid out alike; null where that is not done.</summary>
    public float[]? Alike(float[] others) => IsRearranged ? null : others;

    // [N, C, 1, h, w] and [N, 1, C, h, w] are single frames.
    private static long[] WithoutFrames(WeightSource file, TensorInfo tensor, bool singleFrame)
    {
        long[] d = [.. tensor.Shape.Dimensions];
        if (singleFrame)
        {
            if (d.Length == 3) return d;
            if (d.Length == 4 && d[1] == 1) return [d[0], d[2], d[3]];
            if (d.Length != 4)
                throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                    $"the tensor {tensor.Name} has the shape {tensor.Shape}; [C, height, width] was expected.");
            d = [1, .. d];
        }
        if (d.Length != 5) return d;
        if (d[2] == 1) return [d[0], d[1], d[3], d[4]];
        if (d[1] == 1) return [d[0], d[2], d[3], d[4]];
        long frames = IsKnown(d[1], null) || !IsKnown(d[2], null) ? d[2] : d[1];
        throw new LatentSharpException(ErrorKind.BadInput, file.Name,
            $"the tensor {tensor.Name} {tensor.Shape} is the latent of a video, {frames} frames in time; one picture is decoded at a time.",
            "Save its first frame by itself: a tensor [N, C, 1, height, width]. Later frames depend on those before them.");
    }

    private static (int Batch, int Count, int Size)? TokensOf(long[] axes) => axes switch
    {
        [long count, FluxToken or Flux2Token] => (1, (int)count, (int)axes[1]),
        [long batch, long count, FluxToken or Flux2Token] when !IsKnown(batch, null) => ((int)batch, (int)count, (int)axes[2]),
        _ => null,
    };

    private static LatentTensor FromTokens(WeightSource file, float[] values, (int Batch, int Count, int Size) tokens,
        (int Height, int Width)? picture, string name, List<string> notes)
    {
        const int pixels = LatentTokens.Pixels;
        int side = (int)Math.Round(Math.Sqrt(tokens.Count));
        (int rows, int columns) = picture is (int h, int w) ? ((h + pixels - 1) / pixels, (w + pixels - 1) / pixels) : (side, side);
        if (rows * columns != tokens.Count)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"{name} holds {tokens.Count} packed tokens of FLUX, which are "
                    + (picture is null ? "no square, and nothing says how wide the picture is."
                    : $"not the {columns} x {rows} of a picture of {picture.Value.Width} x {picture.Value.Height}."),
                new Remedy(RemedyKind.LayOutLatent, "Say how large the picture is.", file.Name));
        (float[] grid, int channels, int patch) = tokens.Size == FluxToken
            ? (Unpacked(values, tokens.Batch, rows, columns), LatentTokens.Channels, LatentTokens.Patch)
            : (ChannelsFirst(values, tokens.Batch, tokens.Count, tokens.Size), tokens.Size, 1);
        notes.Add($"{name} holds packed tokens of FLUX; they were laid out as {channels} channels of {columns * patch} x {rows * patch}"
            + (picture is null ? ", taken for a square" : ""));
        return new LatentTensor(grid, tokens.Batch, channels, rows * patch, columns * patch, true);
    }

    private static float[] Unpacked(float[] values, int batch, int rows, int columns)
    {
        var result = new float[values.Length];
        int each = values.Length / batch;
        for (int picture = 0; picture < batch; picture++)
            LatentTokens.Unpack(values.AsSpan(picture * each, each), result.AsSpan(picture * each, each), rows * LatentTokens.Patch,
                columns * LatentTokens.Patch);
        return result;
    }

    private static float[] ChannelsFirst(float[] values, int batch, int positions, int channels)
    {
        var result = new float[values.Length];
        for (int n = 0; n < batch; n++)
            for (int i = 0; i < positions; i++)
                for (int c = 0; c < channels; c++)
                    result[(n * channels + c) * positions + i] = values[(n * positions + i) * channels + c];
        return result;
    }

    // By the numbers of channels that there are, or twice as many; where both axes have such a number, by the values.
    private static bool IsLast(float[] values, (int N, int A, int B, int C) d, LatentSpace? space)
    {
        bool first = IsKnown(d.A, null) || d.A % 2 == 0 && IsKnown(d.A / 2, null), last = IsKnown(d.C, space);
        if (first != last) return last;
        return last && d.A != d.C
            && Roughness(values, d.N * d.A, d.B * d.C, d.A) < Smoother * Roughness(values, d.N * d.A * d.B * d.C, 1, d.C);
    }

    // The mean square of differences between neighbours along an axis of so many entries that lie a stride apart.
    private static double Roughness(float[] values, int entries, int stride, int axis)
    {
        double sum = 0;
        long count = 0;
        for (int i = 0; i + 1 < entries; i++)
        {
            if ((i + 1) % axis == 0) continue;
            for (int k = 0; k < stride; k++)
            {
                double difference = values[(i + 1) * stride + k] - (double)values[i * stride + k];
                if (double.IsFinite(difference)) (sum, count) = (sum + difference * difference, count + 1);
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    private static bool IsKnown(long channels, LatentSpace? space)
        => space is not null ? channels == space.Channels : LatentSpace.Known.Any(s => s.Channels == channels);
}
