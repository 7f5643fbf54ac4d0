using LatentSharp.Latents;

namespace LatentSharp.Autoencoders.Checks;

/// <summary>
/// A picture to try autoencoders with: discs of all sizes that cover one another ("dead leaves"), which has the edges, flat areas and scale
/// invariance of photographs. It is made by formula and always the same.
/// </summary>
internal static class ProbePicture
{
    private const ulong Seed = 20;
    private const int Discs = 400;

    /// <summary>The probe in a given size.</summary>
    public static ImageTensor Create(int height, int width)
    {
        var image = new ImageTensor(1, height, width);
        for (int i = 0; i < Discs; i++) Paint(image, i);
        return image;
    }

    // Radii follow a density of r^-3 between limits, which makes the leaves scale invariant (Lee, Mumford & Huang 2001).
    private static void Paint(ImageTensor image, int index)
    {
        (uint a, uint b, uint c, uint d) = GaussianNoise.Philox((uint)index, 0, (uint)Seed, 0);
        (uint red, uint green, uint blue, _) = GaussianNoise.Philox((uint)index, 1, (uint)Seed, 0);
        double size = Math.Min(image.Height, image.Width), smallest = size / 64, largest = size / 3;
        double u = Unit(c), radius = 1 / Math.Sqrt((1 - u) / (smallest * smallest) + u / (largest * largest));
        double x = Unit(a) * image.Width, y = Unit(b) * image.Height, light = Unit(d) * 1.4 - 0.7, colourfulness = 0.35;
        ReadOnlySpan<double> colour = [light + (Unit(red) - 0.5) * colourfulness, light + (Unit(green) - 0.5) * colourfulness,
            light + (Unit(blue) - 0.5) * colourfulness];
        for (int row = Math.Max(0, (int)(y - radius)); row < Math.Min(image.Height, y + radius); row++)
            for (int column = Math.Max(0, (int)(x - radius)); column < Math.Min(image.Width, x + radius); column++)
            {
                double dy = row + 0.5 - y, dx = column + 0.5 - x;
                if (dy * dy + dx * dx > radius * radius) continue;
                // A little shading, so that no area is perfectly flat.
                for (int channel = 0; channel < ImageTensor.Channels; channel++)
                    image.Plane(0, channel)[row * image.Width + column] = (float)(colour[channel] + 0.1 * dx / radius);
            }
    }

    private static double Unit(uint bits) => (bits + 0.5) / 4294967296.0;
}
