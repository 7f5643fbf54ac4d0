using LatentSharp.Latents;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Quality.Findings;

/// <summary>
/// How the channels of a latent differ together from one position to the next, as numbers that can be added and weighed: the matrix
/// logarithm of the scatter of these differences. Neither the picture's colours nor its contrast enter.
/// </summary>
internal static class DifferenceShape
{
    // Channels that do not vary at all have no logarithm.
    private const double Least = 1e-6;

    /// <summary>The lower triangle of the logarithm, row by row: C * (C + 1) / 2 numbers for C channels.</summary>
    /// <param name="latent">The latent of one picture.</param>
    public static double[] Of(Latent latent)
    {
        int channels = latent.Channels, height = latent.Height, width = latent.Width, plane = height * width;
        List<float[]> differences = [];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int at = y * width + x;
                if (x + 1 < width) differences.Add(Between(at, at + 1));
                if (y + 1 < height) differences.Add(Between(at, at + width));
            }
        double[] scatter = SpaceFingerprint.ScatterOf(channels, differences);
        double[,] matrix = new double[channels, channels];
        for (int i = 0; i < channels; i++)
            for (int j = 0; j <= i; j++) matrix[i, j] = matrix[j, i] = scatter[PositiveMatrix.At(i, j)];
        double[,] logarithm = SymmetricEigen.Apply(matrix, v => Math.Log(Math.Max(v, Least)));
        return [.. Enumerable.Range(0, channels).SelectMany(i => Enumerable.Range(0, i + 1).Select(j => logarithm[i, j]))];

        float[] Between(int from, int to)
        {
            float[] difference = new float[channels];
            for (int c = 0; c < channels; c++) difference[c] = latent.Values[c * plane + to] - latent.Values[c * plane + from];
            return difference;
        }
    }
}
