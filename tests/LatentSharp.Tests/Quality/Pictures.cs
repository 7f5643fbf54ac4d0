using LatentSharp.Quality.Metrics;
using NetVips;

namespace LatentSharp.Tests.Quality;

/// <summary>Pictures for the quality tests: from 8-bit files and from formulas.</summary>
internal static class Pictures
{
    public static ImageTensor Load(string path)
    {
        using Image image = Image.NewFromFile(path);
        using Image rgb = image.Bands == 3 ? image.Copy() : image.Bands == 1 ? image.Bandjoin(image, image) : image.ExtractBand(0, n: 3);
        byte[] bytes = rgb.WriteToMemory<byte>();
        int pixels = rgb.Width * rgb.Height;
        ImageTensor tensor = new(1, rgb.Height, rgb.Width);
        for (int c = 0; c < 3; c++)
        {
            Span<float> plane = tensor.Plane(0, c);
            for (int i = 0; i < pixels; i++) plane[i] = ImageTensor.FromByte(bytes[3 * i + c]);
        }
        return tensor;
    }

    public static PicturePlanes Planes(string path) => PicturePlanes.Of(Load(path));

    /// <summary>A picture from a formula of (channel, y, x) giving levels in [0, 255].</summary>
    public static ImageTensor Make(int height, int width, Func<int, int, int, double> level)
    {
        ImageTensor tensor = new(1, height, width);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) tensor.Plane(0, c)[y * width + x] = (float)(level(c, y, x) / 127.5 - 1);
        return tensor;
    }

    /// <summary>Something like a photograph without a file: soft shapes, an edge and texture of all scales, drawn from a seed.</summary>
    public static ImageTensor Scene(int height, int width, int seed)
    {
        Random random = new(seed);
        (double Fx, double Fy, double Phase, double Amplitude, double Colour)[] waves =
            [.. Enumerable.Range(0, 60).Select(_ =>
            {
                double f = 0.004 * Math.Pow(90, random.NextDouble()), angle = random.NextDouble() * Math.PI;
                return (f * Math.Cos(angle), f * Math.Sin(angle), random.NextDouble() * 6.28, 0.35 / (1 + 40 * f) * 60,
                    random.NextDouble() - 0.5);
            })];
        return Make(height, width, (c, y, x) =>
        {
            double v = 120 + 12 * (c - 1) + (x > width * 0.6 ? 25 : 0);
            foreach (var w in waves)
                v += w.Amplitude * (1 + w.Colour * (c - 1)) * Math.Sin(2 * Math.PI * (w.Fx * x + w.Fy * y) + w.Phase) * 0.5;
            return Math.Clamp(Math.Round(v), 0, 255);
        });
    }
}
