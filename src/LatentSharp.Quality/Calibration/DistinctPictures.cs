namespace LatentSharp.Quality.Calibration;

/// <summary>
/// Pictures told apart by what they show. What is fitted to a picture proves nothing on a copy of it, whatever the copy is called, its
/// format, its compression or its size.
/// </summary>
internal sealed class DistinctPictures
{
    // Means of as many fields each way, and how far apart they are at most, on the scale of [-1, 1]: a strong compression moves such a mean
    // by one or two levels of 255.
    private const int Fields = 16;
    private const float Alike = 3 / 127.5f;

    private readonly List<(string Name, float[] Means)> seen = [];

    /// <summary>Takes note of a picture.</summary>
    /// <returns>The name of an earlier one that shows the same; null when there is none.</returns>
    public string? Add(string name, ImageTensor picture)
    {
        float[] means = Means(picture);
        foreach ((string earlier, float[] theirs) in seen)
            if (Largest(means, theirs) <= Alike) return earlier;
        seen.Add((name, means));
        return null;
    }

    /// <summary>The pictures without those that show the same as an earlier one.</summary>
    public static ImageTensor[] Of(IReadOnlyList<ImageTensor> pictures)
    {
        var distinct = new DistinctPictures();
        return [.. pictures.Where(p => distinct.Add("", p) is null)];
    }

    private static float Largest(float[] a, float[] b)
    {
        float largest = 0;
        for (int i = 0; i < a.Length; i++) largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }

    private static float[] Means(ImageTensor picture)
    {
        var means = new float[ImageTensor.Channels * Fields * Fields];
        for (int c = 0, at = 0; c < ImageTensor.Channels; c++)
        {
            ReadOnlySpan<float> plane = picture.Plane(0, c);
            for (int y = 0; y < Fields; y++)
                for (int x = 0; x < Fields; x++, at++)
                {
                    (int top, int bottom) = Field(y, picture.Height);
                    (int left, int right) = Field(x, picture.Width);
                    double sum = 0;
                    for (int row = top; row < bottom; row++)
                        foreach (float value in plane[(row * picture.Width + left)..(row * picture.Width + right)]) sum += value;
                    means[at] = (float)(sum / ((bottom - top) * (right - left)));
                }
        }
        return means;
    }

    private static (int First, int End) Field(int index, int size)
    {
        int first = (int)((long)index * size / Fields);
        return (first, Math.Max(first + 1, (int)((index + 1L) * size / Fields)));
    }
}
