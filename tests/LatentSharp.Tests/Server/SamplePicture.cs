namespace LatentSharp.Tests.Server;

/// <summary>A picture with slopes and waves, made here.</summary>
internal static class SamplePicture
{
    /// <summary>As numbers.</summary>
    internal static ImageTensor Tensor(int width, int height)
    {
        var image = new ImageTensor(1, height, width);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    image.Plane(0, c)[y * width + x] = 0.7f * MathF.Sin((x + 2 * c) * 0.11f) * MathF.Cos((y - c) * 0.07f) + 0.2f * c - 0.2f;
        return image;
    }

    /// <summary>As a file.</summary>
    internal static byte[] Png(int width, int height) => PictureFile.Encode(Tensor(width, height), PictureFormat.Png);
}
