using LatentSharp.Imaging.Sheets;

namespace LatentSharp.Tests.Imaging;

/// <summary>Packing a large picture takes a second; who no longer wants it does not wait for its end.</summary>
public sealed class PictureCancelTests
{
    // Noise packs slowly: several seconds of PNG and TIFF, of which the first tenth of one is let go by.
    private const int Side = 4096;

    private static readonly TimeSpan Begun = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(".png")]
    [InlineData(".tif")]
    public void A_picture_that_is_being_packed_is_given_up_and_leaves_no_file(string extension)
    {
        using var folder = new TemporaryFolder();
        ImageTensor noise = Noise(Side);
        using var cancelled = new CancellationTokenSource(Begun);
        Assert.ThrowsAny<OperationCanceledException>(() => PictureFile.Save(folder["picture" + extension], noise, null, cancelled.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Fact]
    public void One_that_is_packed_already_stays()
    {
        using var cancelled = new CancellationTokenSource();
        ImageTensor noise = Noise(64);
        byte[] packed = PictureFile.Encode(noise, PictureFormat.Png, null, cancelled.Token);
        cancelled.Cancel();
        Assert.Equal(packed, PictureFile.Encode(noise, PictureFormat.Png));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(97)]
    public void The_99th_percentile_of_an_error_map_is_that_of_all_its_errors_in_order(int side)
    {
        ImageTensor before = Noise(side), after = new(1, side, side);
        ErrorMap map = ErrorMap.Absolute(before, after);
        float[] errors = [.. Enumerable.Range(0, side * side).Select(i =>
            Enumerable.Range(0, ImageTensor.Channels).Sum(c => Math.Abs(before.Plane(0, c)[i]) * 127.5f / 3)).Order()];
        Assert.Equal(errors[(int)(0.99 * (errors.Length - 1))], map.Percentile99, 1e-3f);
        Assert.Equal(errors[^1], map.Largest, 1e-3f);
    }

    private static ImageTensor Noise(int side)
    {
        var random = new Random(1);
        var noise = new ImageTensor(1, side, side);
        foreach (ref float value in noise.Values.AsSpan()) value = 2 * random.NextSingle() - 1;
        return noise;
    }
}
