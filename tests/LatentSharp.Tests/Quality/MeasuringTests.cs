using LatentSharp.Quality.Findings;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Tests.Quality;

/// <summary>Measuring ends where it is cancelled, in each metric that takes long on a large picture.</summary>
public sealed class MeasuringTests
{
    private static readonly PicturePlanes Picture = PicturePlanes.Of(SamplePicture(256));

    private static readonly Dictionary<string, Action> Metrics = new()
    {
        ["planes"] = () => PicturePlanes.Of(SamplePicture(64)), ["colour difference"] = () => Ciede2000.Map(Picture, Picture),
        ["ssim"] = () => Ssim.Luma(Picture, Picture), ["warp"] = () => WarpField.Of(Picture.Luma, Picture.Luma),
        ["edges"] = () => EdgeWidth.Of(Picture.Luma), ["grid"] = () => GridArtefact.Strongest(Picture.Luma),
        ["jpeg"] = () => JpegLattice.Of(Picture.Luma), ["jpeg order"] = () => JpegOrder.Of(Picture, 0, 0),
        ["colour steps"] = () => ColourSteps.Of(Picture), ["tone ends"] = () => ToneEnds.Of(Picture),
        ["constant parts"] = () => ConstantRegion.Of(Picture, 8), ["spectrum"] = () => Sharpness.Of(Picture, Picture),
        ["banding"] = () => Banding.Of(Picture), ["ringing"] = () => Ringing.Of(Picture, Picture), ["drift"] = () => ColourDrift.Of(Picture, Picture),
        ["noise"] = () => NoiseEstimate.Of(Picture.Luma), ["distribution"] = () => Distribution.Of(new double[1 << 18]),
        ["seams"] = () => TileSeams.Of([Picture.Luma], 1, .5),
    };

    public static TheoryData<string> Names() => [.. Metrics.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_metric_ends_when_it_is_cancelled_and_not_otherwise(string name)
    {
        using (Measuring.EndedBy(new CancellationToken(canceled: true)))
            Assert.ThrowsAny<OperationCanceledException>(Metrics[name]);
        Metrics[name]();
    }

    [Fact]
    public void A_diagnosis_tells_its_metrics_what_ends_it()
        => Assert.ThrowsAny<OperationCanceledException>(() =>
            Diagnosis.Of(new DiagnosisInput { Picture = SamplePicture(128) }, new CancellationToken(canceled: true)));

    // Against the sort of the platform, with more values than one part holds, equal ones and such that are none.
    [Fact]
    public void Many_values_are_sorted_as_one_sort_does_it()
    {
        var random = new Random(3);
        double[] values = [.. Enumerable.Range(0, 700_001)
            .Select(i => i % 1000 == 7 ? double.NaN : Math.Round(random.NextDouble() * 5000))];
        double[] expected = [.. values];
        Array.Sort(expected);
        Assert.Equal(expected, Distribution.Ascending([.. values]));
    }

    // Slopes in other directions in each channel, with a step across, so that there is something of everything to measure.
    private static ImageTensor SamplePicture(int side)
    {
        var image = new ImageTensor(1, side, side);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int i = 0; i < side * side; i++)
                image.Plane(0, c)[i] = (float)(0.7 * Math.Sin((i % side * (c + 1) + i / side * 2) / 11.0)
                    + (i % side > side / 2 ? .2 : -.2));
        return image;
    }
}
