namespace LatentSharp.Quality.Metrics;

/// <summary>A number for how a picture differs from its reference.</summary>
internal delegate double PairFigure(PicturePlanes reference, PicturePlanes picture);

/// <summary>Means of a few figures over several pictures, each against what came back of it.</summary>
/// <param name="figures">What is measured of each.</param>
internal sealed class MeanFigures(params PairFigure[] figures)
{
    private readonly double[] sums = new double[figures.Length];
    private int pictures;

    /// <summary>PSNR in dB; 100 stands for identical pictures, which have no finite one.</summary>
    public static PairFigure Psnr { get; } = (a, b) => Math.Min(100, Metrics.Psnr.Rgb(a, b));

    /// <summary>Mean CIEDE2000 difference.</summary>
    public static PairFigure DeltaE { get; } = (a, b) => Ciede2000.Map(a, b).Values.Average();

    /// <summary>Length of the mean shift in Lab.</summary>
    public static PairFigure Cast { get; } = (a, b) => ColourDrift.Of(a, b).LabShift;

    /// <summary>Fine detail lost in dB.</summary>
    public static PairFigure DetailLoss { get; } = (a, b) => Sharpness.Of(a, b).HighFrequencyLossDb;

    /// <summary>The mean of a figure, by its place.</summary>
    public double this[int figure] => sums[figure] / pictures;

    /// <summary>The figures of pictures and of what becomes of each.</summary>
    public static MeanFigures Over(IEnumerable<ImageTensor> pictures, Func<ImageTensor, ImageTensor> result, params PairFigure[] figures)
    {
        MeanFigures means = new(figures);
        foreach (ImageTensor picture in pictures) means.Add(PicturePlanes.Of(picture), result(picture));
        return means;
    }

    /// <summary>Counts one picture.</summary>
    public void Add(PicturePlanes reference, ImageTensor picture)
    {
        PicturePlanes planes = PicturePlanes.Of(picture);
        for (int i = 0; i < figures.Length; i++) sums[i] += figures[i](reference, planes);
        pictures++;
    }
}
