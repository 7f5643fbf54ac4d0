using LatentSharp.Quality.Metrics;

namespace LatentSharp.Tests.Quality;

/// <summary>
/// Which lines of a picture without a reference are taken for the borders of tiles. The expected answers follow from what tiles are.
/// </summary>
public sealed class TileSeamsTests
{
    [Theory]
    [InlineData(new[] { 128, 256, 384 }, new int[0], true)]         // tiles of 128 from the left border on
    [InlineData(new[] { 101, 201, 302 }, new int[0], true)]         // to a pixel
    [InlineData(new[] { 128, 384 }, new int[0], true)]              // the second of them cannot be seen
    [InlineData(new[] { 96, 192 }, new[] { 40 }, true)]             // what lies across does not matter then
    [InlineData(new[] { 33, 133, 233 }, new int[0], true)]          // cut off at the left afterwards
    [InlineData(new[] { 256 }, new[] { 200 }, true)]                // two by two, through the middle of 512 x 400
    [InlineData(new[] { 150 }, new[] { 150 }, true)]                // square ones
    [InlineData(new int[0], new[] { 200 }, true)]                   // two halves
    [InlineData(new int[0], new[] { 227 }, false)]                  // a horizon
    [InlineData(new[] { 33, 142 }, new int[0], false)]              // two posts
    [InlineData(new[] { 11, 390 }, new[] { 289 }, false)]           // a window
    [InlineData(new[] { 87 }, new[] { 140 }, false)]
    public void Lines_are_tiles_where_they_lie_as_tiles_do(int[] columns, int[] rows, bool expected)
    {
        TileSeams seams = new([.. columns.Select(p => new SeamLine(p, 5, 1))], [.. rows.Select(p => new SeamLine(p, 5, 1))]);
        Assert.Equal(expected, seams.LieAsTiles(512, 400));
    }
}
