using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.Diagnosing;

/// <summary>One kind of defect with its strengths, sizes and places: what the experiment on diagnosis plants.</summary>
/// <param name="Kind">The finding that is right.</param>
/// <param name="Name">What is done.</param>
/// <param name="Plant">Does it to picture number i.</param>
internal sealed record PlantedDefect(string Kind, string Name, Func<ImageTensor, int, ImageTensor> Plant)
{
    /// <summary>The kinds that a reference shows.</summary>
    public static IReadOnlyList<PlantedDefect> Against { get; } =
    [
        new("contrast", "contrast x 0.55 to 0.8", (p, i) => Levels(p, v => 128 + (0.55 + 0.05 * (i % 6)) * (v - 128))),
        new("contrast", "levels pressed into 40 to 215", (p, _) => Levels(p, v => 40 + v * 175 / 255)),
        new("contrast", "contrast x 1.3 to 1.9", (p, i) => Levels(p, v => 128 + (1.3 + 0.15 * (i % 5)) * (v - 128))),
        new("channels", "red and blue exchanged", (p, _) => Order(p, 2, 1, 0)),
        new("channels", "other orders", (p, i) => (i % 4) switch
        {
            0 => Order(p, 1, 2, 0),
            1 => Order(p, 2, 0, 1),
            2 => Order(p, 1, 0, 2),
            _ => Order(p, 0, 2, 1)
        }),
        new("seams", "2x2 to 4x4 tiles, 4 to 12 levels apart", (p, i) => Tiles(p, p.Width / (2 + i % 3), p.Height / (2 + i % 3), 4 + 2 * (i % 5), i)),
        new("seams", "tiles of 64 to 200 pixels", (p, i) => Tiles(p, 64 + 17 * (i % 9), 64 + 17 * (i % 9), 8, i)),
        new("spots", "20 to 60 black squares of 4 to 12 pixels", (p, i) => Squares(p, 20 + 10 * (i % 5), 4 + 2 * (i % 5), 0, i)),
        new("spots", "5 to 15 coloured discs", (p, i) => Discs(p, 5 + i % 11, 3 + i % 5, i)),
        new("empty", "a black rectangle", (p, i) => Rectangle(p, i, 0, 0, 0)),
        new("empty", "a grey or coloured rectangle", (p, i) => Rectangle(p, i, 127, 127 - 30 * (i % 3), 127)),
        new("empty", "half or all of it black", (p, i) => Half(p, i)),
        new("compression", "JPEG of quality 5 to 25", (p, i) => Jpeg(p, 5 + 5 * (i % 5))),
        new("compression", "JPEG of quality 30 to 40", (p, i) => Jpeg(p, 30 + 5 * (i % 3))),
        new("blur", "sigma 0.7 to 1.5", (p, i) => Defects.Blur(p, 0.7 + 0.2 * (i % 5))),
        new("blur", "sigma 2 to 4", (p, i) => Defects.Blur(p, 2 + 0.5 * (i % 5))),
        new("colour", "a cast of 2 to 8 in Lab", (p, i) => Defects.Cast(p, (2 + 2 * (i % 4)) * Math.Cos(i), (2 + 2 * (i % 4)) * Math.Sin(i))),
        new("colour", "saturation x 0.3 to 0.6", (p, i) => Saturated(p, 0.3 + 0.1 * (i % 4))),
        new("colour", "a channel x 1.15 to 1.45", (p, i) => Gain(p, i % 3, 1.15 + 0.1 * (i % 4))),
    ];

    /// <summary>Further kinds against a reference, beyond the eight.</summary>
    public static IReadOnlyList<PlantedDefect> Further { get; } =
    [
        new("grid", "checkerboards and lines of period 2 to 16",
            (p, i) => Defects.Grid(p, 3 + i % 3, i % 2 == 0 ? 2 << i / 2 % 4 : 8, i % 2 == 0 ? "checker" : "lines")),
        new("noise", "deviation 3 to 15", (p, i) => Defects.Noise(p, 3 + 3 * (i % 5), i)),
        new("warp", "half a pixel to two", (p, i) => Defects.Warp(p, 0.5 + 0.5 * (i % 4))),
    ];

    /// <summary>The kinds that a picture alone shows.</summary>
    public static IReadOnlyList<PlantedDefect> Alone { get; } =
    [
        .. Against.Where(d => d.Kind is "channels" or "empty" or "seams" or "compression"), Against.Single(d => d.Name == "sigma 2 to 4"),
    ];

    public static ImageTensor Levels(ImageTensor image, Func<double, double> change) => Defects.PerPlane(image, p =>
    {
        var q = new LatentSharp.Quality.Metrics.Plane(p.Height, p.Width);
        for (int i = 0; i < q.Values.Length; i++) q.Values[i] = change(p.Values[i]);
        return q;
    });

    public static ImageTensor Order(ImageTensor image, int red, int green, int blue)
    {
        ImageTensor result = new(1, image.Height, image.Width);
        foreach ((int to, int from) in ((int, int)[])[(0, red), (1, green), (2, blue)]) image.Plane(0, from).CopyTo(result.Plane(0, to));
        return result;
    }

    public static ImageTensor Tiles(ImageTensor image, int width, int height, double apart, int seed) => Each(image, (x, y, c, v) =>
    {
        int column = x / width, row = y / height;
        // Neighbours differ: a checkerboard of shifts and a little for each tile of its own.
        double own = (((column * 7919 + row * 104729 + seed * 31) & 1023) / 1023.0 - 0.5) * apart / 2;
        return v + ((column + row) % 2 == 0 ? apart / 2 : -apart / 2) + own;
    });

    public static ImageTensor Squares(ImageTensor image, int count, int size, double level, int seed)
    {
        Random random = new(seed);
        ImageTensor result = image.Slice(0);
        for (int k = 0; k < count; k++)
            Fill(result, random.Next(image.Width - size), random.Next(image.Height - size), size, size, level, level, level);
        return result;
    }

    public static ImageTensor Discs(ImageTensor image, int count, int radius, int seed)
    {
        Random random = new(seed);
        (int X, int Y, double R, double G, double B)[] discs = [.. Enumerable.Range(0, count).Select(_ =>
            (random.Next(image.Width), random.Next(image.Height), 255.0 * random.Next(2), 255.0 * random.Next(2), 255.0 * random.Next(2)))];
        return Each(image, (x, y, c, v) =>
        {
            foreach ((int cx, int cy, double r, double g, double b) in discs)
                if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius) return c == 0 ? r : c == 1 ? g : b;
            return v;
        });
    }

    public static ImageTensor Rectangle(ImageTensor image, int i, double red, double green, double blue)
    {
        Random random = new(i);
        int width = (int)(image.Width * (0.15 + 0.08 * (i % 6))), height = (int)(image.Height * (0.12 + 0.1 * (i % 4)));
        ImageTensor result = image.Slice(0);
        Fill(result, random.Next(image.Width - width), random.Next(image.Height - height), width, height, red, green, blue);
        return result;
    }

    public static ImageTensor Half(ImageTensor image, int i)
    {
        ImageTensor result = image.Slice(0);
        (int w, int h) = (image.Width, image.Height);
        switch (i % 5)
        {
            case 0: Fill(result, 0, h / 2, w, h - h / 2, 0, 0, 0); break;
            case 1: Fill(result, 0, 0, w / 2, h, 0, 0, 0); break;
            case 2: Fill(result, 0, 0, w, h / 3, 0, 0, 0); break;
            case 3: Fill(result, 0, 0, w, h, 0, 0, 0); break;
            default: Fill(result, w - w / 4, 0, w / 4, h, 128, 128, 128); break;
        }
        return result;
    }

    public static ImageTensor Jpeg(ImageTensor image, int quality)
        => PictureFile.Load(PictureFile.Encode(image, PictureFormat.Jpeg, new PictureSaveOptions { Quality = quality }), name: "planted.jpg").Image;

    public static ImageTensor Saturated(ImageTensor image, double factor)
    {
        ImageTensor result = new(1, image.Height, image.Width);
        for (int i = 0; i < image.Height * image.Width; i++)
        {
            float grey = 0.299f * image.Plane(0, 0)[i] + 0.587f * image.Plane(0, 1)[i] + 0.114f * image.Plane(0, 2)[i];
            for (int c = 0; c < 3; c++) result.Plane(0, c)[i] = Rounded(grey + factor * (image.Plane(0, c)[i] - grey));
        }
        return result;
    }

    public static ImageTensor Gain(ImageTensor image, int channel, double gain) => Each(image, (_, _, c, v) => c == channel ? gain * v : v);

    public static ImageTensor Crop(ImageTensor image, int left, int top, int width, int height)
    {
        ImageTensor result = new(1, height, width);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < height; y++)
                image.Plane(0, c).Slice((top + y) * image.Width + left, width).CopyTo(result.Plane(0, c)[(y * width)..]);
        return result;
    }

    /// <summary>As a file of 8 bits would hold it.</summary>
    public static ImageTensor Saved(ImageTensor image)
    {
        ImageTensor result = new(1, image.Height, image.Width);
        for (int i = 0; i < result.Values.Length; i++) result.Values[i] = Rounded(image.Values[i]);
        return result;
    }

    private static float Rounded(double value) => ImageTensor.FromByte(ImageTensor.ToByte((float)value));

    private static ImageTensor Each(ImageTensor image, Func<int, int, int, double, double> change)
    {
        ImageTensor result = new(1, image.Height, image.Width);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < image.Height; y++)
                for (int x = 0; x < image.Width; x++)
                {
                    double level = (image.Plane(0, c)[y * image.Width + x] + 1) * 127.5;
                    result.Plane(0, c)[y * image.Width + x] = Rounded(change(x, y, c, level) / 127.5 - 1);
                }
        return result;
    }

    private static void Fill(ImageTensor image, int left, int top, int width, int height, double red, double green, double blue)
    {
        for (int c = 0; c < 3; c++)
            for (int y = top; y < top + height; y++)
                image.Plane(0, c).Slice(y * image.Width + left, width).Fill(Rounded((c == 0 ? red : c == 1 ? green : blue) / 127.5 - 1));
    }
}
