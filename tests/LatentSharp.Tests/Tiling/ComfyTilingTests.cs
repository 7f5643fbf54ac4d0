using LatentSharp.Autoencoders.Tiling;
using LatentSharp.Tests.Autoencoders;

namespace LatentSharp.Tests.Tiling;

/// <summary>
/// ComfyUI's three passes, against its rule (comfy/utils.py, tiled_scale_multidim) written down again for one value at a time, in double:
/// the weight of a tile at a place is the product of the four ramps from its edges. No picture of ComfyUI itself was at hand.
/// </summary>
public sealed class ComfyTilingTests
{
    private const int Tile = 32, Overlap = 8, Factor = 8;

    [Theory]
    [InlineData(96, 72)]
    [InlineData(40, 136)]
    [InlineData(24, 24)]
    public void Tiles_are_blended_by_the_rule(int height, int width)
    {
        using Autoencoder autoencoder = Autoencoder.From(SmallKL.Create(16));
        var random = new Random(7);
        float[] values = [.. Enumerable.Range(0, 16 * height * width / 64).Select(_ => (float)random.NextDouble() * 2 - 1)];
        var z = new Latent(autoencoder.Space, values, 1, height / Factor, width / Factor);
        var options = new DecodeOptions { Tiling = BlendedTiling.ComfyUI with { TileSize = Tile, Overlap = Overlap } };
        float[] found = autoencoder.Decode(z, options).Values;
        double[] expected = Rule(Part, 3, (height / Factor, width / Factor), Tile / Factor, Overlap / Factor, Factor, 1);
        Assert.Equal(0, Difference(expected, found), 1e-5);

        float[] Part(int top, int left, int h, int w)
        {
            var cut = new Planes(z.Values, 16, z.Height, z.Width).Cut(new TileArea(top, left, h, w));
            return autoencoder.Decode(new Latent(z.Space, cut.Values, 1, h, w)).Values;
        }
    }

    [Fact]
    public void Encoded_tiles_are_blended_by_the_rule()
    {
        using Autoencoder autoencoder = Autoencoder.From(SmallKL.Create(16));
        ImageTensor photo = Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 104);
        var options = new EncodeOptions { Tiling = BlendedTiling.ComfyUI with { TileSize = Tile, Overlap = Overlap } };
        float[] found = autoencoder.Encode(photo, options).Values;
        double[] expected = Rule(Part, 16, (104, 104), Tile, Overlap, 1, Factor);
        Assert.Equal(0, Difference(expected, found), 1e-5);

        float[] Part(int top, int left, int h, int w)
        {
            var cut = new Planes(photo.Values, 3, 104, 104).Cut(new TileArea(top, left, h, w));
            return autoencoder.Encode(new ImageTensor(cut.Values, 1, h, w)).Values;
        }
    }

    [Fact]
    public void A_picture_within_one_tile_is_computed_whole()
    {
        using Autoencoder autoencoder = Autoencoder.From(SmallKL.Create(16));
        var z = new Latent(autoencoder.Space, [.. Enumerable.Range(0, 16 * 16).Select(i => MathF.Sin(i))], 1, 4, 4);
        float[] whole = autoencoder.Decode(z).Values;
        float[] tiled = autoencoder.Decode(z, new DecodeOptions { Tiling = BlendedTiling.ComfyUI }).Values;
        Assert.Equal(0, Difference([.. whole.Select(v => (double)v)], tiled), 1e-6);
    }

    // Sizes of the input; tile and overlap in its units, the result is up/down times as large.
    private static double[] Rule(Func<int, int, int, int, float[]> network, int channels, (int Height, int Width) size, int tile,
        int overlap, int up, int down)
    {
        int height = size.Height * up / down, width = size.Width * up / down, feather = overlap * up / down;
        var mean = new double[channels * height * width];
        foreach ((int h, int w) in ((int, int)[])[(tile, tile), (tile / 2, tile * 2), (tile * 2, tile / 2)])
        {
            var sum = new double[mean.Length];
            var weights = new double[height * width];
            foreach (int y in Positions(size.Height, h))
                foreach (int x in Positions(size.Width, w))
                {
                    (int top, int left) = (Math.Min(y, Math.Max(0, size.Height - overlap)), Math.Min(x, Math.Max(0, size.Width - overlap)));
                    (int rows, int columns) = (Math.Min(h, size.Height - top), Math.Min(w, size.Width - left));
                    float[] part = network(top, left, rows, columns);
                    bool one = size.Height <= h && size.Width <= w;
                    (rows, columns, top, left) = (rows * up / down, columns * up / down, top * up / down, left * up / down);
                    for (int i = 0; i < part.Length; i++)
                    {
                        int column = i % columns, row = i / columns % rows, channel = i / columns / rows;
                        double weight = one ? 1 : Ramp(row, rows) * Ramp(column, columns);
                        int place = (top + row) * width + left + column;
                        sum[channel * height * width + place] += part[i] * weight;
                        if (channel == 0) weights[place] += weight;
                    }
                }
            for (int i = 0; i < mean.Length; i++) mean[i] += sum[i] / weights[i % weights.Length] / 3;
        }
        return mean;

        IEnumerable<int> Positions(int length, int side)
        {
            if (length <= side) return [0];
            return Enumerable.Range(0, length).Select(i => i * (side - overlap)).TakeWhile(p => p < length - overlap);
        }

        double Ramp(int place, int length)
            => feather >= length ? 1 : Math.Min(1, (place + 1.0) / feather) * Math.Min(1, (double)(length - place) / feather);
    }

    private static double Difference(double[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        return expected.Zip(found, (e, f) => Math.Abs(e - f)).Max();
    }
}
