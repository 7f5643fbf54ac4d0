using System.Security.Cryptography;
using LatentSharp.Datasets.Preprocessing;

namespace LatentSharp.Tests.Datasets;

/// <summary>Pictures are resized as the trainers' libraries do it, to the level.</summary>
public sealed class ResamplingTests
{
    /// <summary>
    /// SHA-256 of the planes that Pillow 9.4.0 gives: <c>Image.fromarray(picture).resize(...).crop(...)</c> of the picture below.
    /// </summary>
    [Theory]
    [InlineData("Lanczos", 37, 29, 64, 50, 3, 2, 56, 48, "c621d76a4a2b13d6f23b4c4916c1df9315798f38bbd15fe63959c051a60a4462")]
    [InlineData("Lanczos", 97, 61, 40, 26, 4, 1, 32, 24, "7b35ee7bade2ad2b0e9b8adc1afb670d4d95cd61dcc74ebc577aa3a5ef9a15f7")]
    [InlineData("Bicubic", 37, 29, 74, 58, 5, 1, 64, 56, "13c6c981c5335b7e134540c2bfafdc1e6e753b1a59635e0522f796a821537c5f")]
    [InlineData("Bicubic", 97, 61, 49, 31, 8, 0, 32, 31, "7be9486d6321239439a044d19821361904ce5e87fdb2a0340681946d00526149")]
    [InlineData("Bicubic", 97, 61, 97, 31, 8, 0, 32, 31, "2f643f49b11a4348c08fcc24e1a11cdb34a1a39d62d6878b78c79c52f9f2c260")]
    public void Levels_are_those_of_pillow(string filter, int width, int height, int toWidth, int toHeight, int left, int top,
        int bucketWidth, int bucketHeight, string sha256)
    {
        var placement = new Placement(new Extent(width, height), new Extent(toWidth, toHeight), left, top,
            new Extent(bucketWidth, bucketHeight), Enum.Parse<ResampleFilter>(filter));
        Pixels result = Picture(width, height).Placed(placement);
        Assert.Equal(new Extent(bucketWidth, bucketHeight), result.Size);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(result.Levels)));
    }

    /// <summary>
    /// Means over what a pixel covers, in double, from the definition; float32 sums differ by less than a hundredth of a level.
    /// </summary>
    [Theory]
    [InlineData(37, 29, 15, 11)]
    [InlineData(97, 60, 32, 20)]
    [InlineData(64, 48, 64, 24)]
    [InlineData(64, 48, 32, 24)]
    public void Area_is_the_mean_of_what_a_pixel_covers(int width, int height, int toWidth, int toHeight)
    {
        Pixels picture = Picture(width, height);
        var whole = new Placement(picture.Size, new Extent(toWidth, toHeight), 0, 0, new Extent(toWidth, toHeight), ResampleFilter.Area);
        Pixels result = picture.Placed(whole);
        for (int c = 0; c < 3; c++)
        {
            for (int y = 0; y < toHeight; y++)
            {
                for (int x = 0; x < toWidth; x++)
                {
                    double mean = Mean(picture, c, x * (double)width / toWidth, (x + 1) * (double)width / toWidth,
                        y * (double)height / toHeight, (y + 1) * (double)height / toHeight);
                    Assert.Equal(mean, result.Levels[(c * toHeight + y) * toWidth + x], 0.51);
                }
            }
        }
        // A bucket is cut out of the same.
        Pixels cut = picture.Placed(whole with { Left = 3, Top = 2, Bucket = new Extent(8, 8) });
        Assert.Equal(result.Levels[2 * toWidth + 3], cut.Levels[0]);
        Assert.Equal(result.Levels[(2 * toHeight + 9) * toWidth + 10], cut.Levels[^1]);
    }

    private static double Mean(Pixels picture, int c, double left, double right, double top, double bottom)
    {
        double sum = 0;
        for (int y = (int)top; y < Math.Min(picture.Size.Height, Math.Ceiling(bottom)); y++)
            for (int x = (int)left; x < Math.Min(picture.Size.Width, Math.Ceiling(right)); x++)
                sum += picture.Levels[(c * picture.Size.Height + y) * picture.Size.Width + x]
                    * Math.Max(0, Math.Min(x + 1, right) - Math.Max(x, left)) * Math.Max(0, Math.Min(y + 1, bottom) - Math.Max(y, top));
        return sum / ((right - left) * (bottom - top));
    }

    private static Pixels Picture(int width, int height)
    {
        var levels = new byte[3 * width * height];
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) levels[(c * height + y) * width + x] = (byte)(x * 7 + y * 13 + c * 29 + x * y % 31 * 3);
        return new Pixels(levels, new Extent(width, height));
    }
}
