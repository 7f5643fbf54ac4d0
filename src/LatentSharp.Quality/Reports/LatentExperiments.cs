using LatentSharp.Latents;
using LatentSharp.Quality.Metrics;
using LatentSharp.Tensors;
using LatentSharp.Weights.Views;
using static LatentSharp.Quality.Metrics.Figures;

namespace LatentSharp.Quality.Reports;

/// <summary>What an autoencoder does under stress, each time on the middles of a few pictures.</summary>
public sealed class LatentExperiments(Autoencoder autoencoder, ComputeOptions? compute = null)
{
    /// <summary>The number of pictures an experiment uses.</summary>
    public const int SampleCount = 4;

    /// <summary>The side of the middles.</summary>
    public const int SampleSide = 256;

    /// <summary>Smaller pictures are not used for experiments.</summary>
    public const int SmallestSide = 64;

    internal const int CostSide = 512;

    // The pixels that the experiment with surroundings looks at.
    private const int Core = 64;

    private static readonly (string Key, PairFigure Figure)[] Figures = [("psnr", MeanFigures.Psnr), ("ssim", Ssim.Luma),
        ("delta_e", MeanFigures.DeltaE), ("cast", MeanFigures.Cast), ("detail_loss", MeanFigures.DetailLoss)];

    private readonly EncodeOptions encode = new() { Compute = compute };
    private readonly DecodeOptions decode = new() { Compute = compute };
    private readonly ThereAndBack way = new(autoencoder, autoencoder, compute);

    internal IReadOnlyList<(string Id, Func<IReadOnlyList<ImageTensor>, CancellationToken, Experiment?> Run)> All =>
    [
        ("noise-tolerance", NoiseTolerance), ("round-trips", RoundTrips), ("element-types", ElementTypes), ("context", ContextSensitivity),
            ("sampling", Sampling),
    ];

    /// <summary>The middle of a picture, at most <see cref="SampleSide"/> pixels each way.</summary>
    public static ImageTensor Sample(ImageTensor image) => Middle(image, SampleSide);

    /// <summary>There and back.</summary>
    public ImageTensor RoundTrip(ImageTensor image, CancellationToken cancellationToken) => way.Of(image, null, cancellationToken);

    /// <summary>Gaussian noise is added to the latents before they are decoded.</summary>
    public Experiment NoiseTolerance(IReadOnlyList<ImageTensor> samples, CancellationToken cancellationToken)
    {
        double[] sigmas = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1];
        Latent[] latents = [.. samples.Select(s => autoencoder.Encode(s, encode, cancellationToken: cancellationToken))];
        List<ExperimentPoint> points = [];
        foreach (double sigma in sigmas)
            points.Add(Point(F($"{sigma:0.##}"), sigma, samples, i =>
            {
                float[] values = (float[])latents[i].Values.Clone();
                float[] noise = new float[values.Length];
                GaussianNoise.Fill(noise, 1, i);
                for (int k = 0; k < values.Length; k++) values[k] += (float)sigma * noise[k];
                return autoencoder.Decode(
                    new Latent(latents[i].Space, values, 1, latents[i].Height, latents[i].Width) { PictureSize = latents[i].PictureSize },
                    decode, cancellationToken: cancellationToken);
            }));
        double lost = points[0].Metrics["psnr"] - points[2].Metrics["psnr"];
        return new Experiment("noise-tolerance", "Noise in the latent",
            "Diffusion models hand over latents that are never quite clean. How much noise does the decoder forgive?",
            F($"Noise of deviation 0.1 costs {lost:0.0} dB, 0.5 costs {points[0].Metrics["psnr"] - points[5].Metrics["psnr"]:0.0} dB."),
            "deviation of the noise", points);
    }

    /// <summary>The same picture is encoded and decoded again and again, through 8-bit pictures as between edits.</summary>
    public Experiment RoundTrips(IReadOnlyList<ImageTensor> samples, CancellationToken cancellationToken)
    {
        int[] rounds = [1, 2, 3, 4, 6, 8];
        ImageTensor[] current = [.. samples];
        List<ExperimentPoint> points = [];
        for (int round = 1; round <= rounds[^1]; round++)
        {
            for (int i = 0; i < current.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                current[i] = EightBit(RoundTrip(current[i], cancellationToken));
            }
            if (rounds.Contains(round)) points.Add(Point(F($"{round}"), round, samples, i => current[i]));
        }
        return new Experiment("round-trips", "Again and again",
            "Every edit of a picture goes through the autoencoder once more. What is left after several?",
            F($"After {rounds[^1]} round trips {points[0].Metrics["psnr"] - points[^1].Metrics["psnr"]:0.0} dB are lost on top of the "
                + $"first, and the colour cast is {points[^1].Metrics["cast"]:0.0} in Lab (first: {points[0].Metrics["cast"]:0.0})."),
            "round trips", points);
    }

    /// <summary>The weights are rounded to smaller number formats; arithmetic stays float32.</summary>
    public Experiment? ElementTypes(IReadOnlyList<ImageTensor> samples, CancellationToken cancellationToken)
    {
        List<ExperimentPoint> points = [Point("as stored", 0, samples, i => RoundTrip(samples[i], cancellationToken))];
        foreach (ElementType type in (ElementType[])[ElementType.BF16, ElementType.F16, ElementType.F8_E4M3])
        {
            cancellationToken.ThrowIfCancellationRequested();
            RoundedWeights weights = new(autoencoder.Weights, type);
            if (weights.FirstThatOverflows(cancellationToken) is not null) return null;
            using Autoencoder rounded = Autoencoder.From(weights, new AutoencoderOptions { Family = autoencoder.Family });
            LatentExperiments other = new(rounded, compute);
            points.Add(Point(type == ElementType.F8_E4M3 ? "f8" : type.ToString().ToLowerInvariant(), points.Count, samples,
                i => other.RoundTrip(samples[i], cancellationToken)));
        }
        return new Experiment("element-types", "Smaller numbers",
            "Weights are often stored in fewer bits. What does that cost?",
            F($"bf16 changes PSNR by {points[1].Metrics["psnr"] - points[0].Metrics["psnr"]:+0.00;-0.00;0.00} dB, f16 by "
                + $"{points[2].Metrics["psnr"] - points[0].Metrics["psnr"]:+0.00;-0.00;0.00} dB, 8-bit floats by "
                + $"{points[3].Metrics["psnr"] - points[0].Metrics["psnr"]:+0.00;-0.00;0.00} dB."),
            "number format of the weights", points);
    }

    /// <summary>The same 64x64 pixels are encoded within larger and larger surroundings.</summary>
    public Experiment ContextSensitivity(IReadOnlyList<ImageTensor> samples, CancellationToken cancellationToken)
    {
        int[] sides = [Core, 128, 192, 256];
        List<ExperimentPoint> points = [];
        foreach (int side in sides)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ImageTensor[] large = [.. samples.Where(s => Math.Min(s.Height, s.Width) >= side)];
            if (large.Length < samples.Count) break;
            points.Add(Point(F($"{side}"), side, [.. large.Select(s => Around(s, Core))],
                i => Cut(RoundTrip(Around(large[i], side), cancellationToken), (side - Core) / 2, (side - Core) / 2, Core, Core)));
        }
        double spread = points.Max(p => p.Metrics["psnr"]) - points.Min(p => p.Metrics["psnr"]);
        return new Experiment("context", "The picture's size",
            "Does the same detail come back the same way in a small and in a large picture?",
            F($"The same 64×64 pixels vary by {spread:0.0} dB with the size of the picture around them."), "side of the picture in pixels", points);
    }

    /// <summary>The posterior is sampled instead of taking its mean.</summary>
    public Experiment? Sampling(IReadOnlyList<ImageTensor> samples, CancellationToken cancellationToken)
    {
        if (!autoencoder.HasPosterior) return null;
        List<ExperimentPoint> points = [Point("mean", 0, samples, i => RoundTrip(samples[i], cancellationToken))];
        for (ulong seed = 1; seed <= 2; seed++)
        {
            ulong s = seed;
            points.Add(Point(F($"sample {seed}"), points.Count, samples, i => way.Of(samples[i], s, cancellationToken)));
        }
        return new Experiment("sampling", "Mean or sample",
            "The encoder gives a distribution. Does it matter whether its mean is taken or a sample?",
            F($"A sample changes PSNR by {points[1].Metrics["psnr"] - points[0].Metrics["psnr"]:+0.00;-0.00;0.00} dB."), "", points);
    }

    private static ExperimentPoint Point(string label, double x, IReadOnlyList<ImageTensor> references, Func<int, ImageTensor> result)
    {
        MeanFigures means = new([.. Figures.Select(f => f.Figure)]);
        for (int i = 0; i < references.Count; i++) means.Add(PicturePlanes.Of(references[i]), result(i));
        SortedDictionary<string, double> metrics = new(StringComparer.Ordinal);
        for (int k = 0; k < Figures.Length; k++) metrics[Figures[k].Key] = MetricCatalogue.Rounded(means[k]);
        return new ExperimentPoint(label, x, metrics);
    }

    /// <summary>
    /// The middle of a picture, at most <paramref name="side"/> pixels each way, cut on the grid of the coarsest latents in use.
    /// </summary>
    public static ImageTensor Middle(ImageTensor image, int side)
    {
        int height = Math.Min(side, image.Height), width = Math.Min(side, image.Width);
        if (height == image.Height && width == image.Width) return image;
        // On the grid of the coarsest latents in use, so that every size sees the same blocks.
        int top = (image.Height - height) / 2 / 32 * 32, left = (image.Width - width) / 2 / 32 * 32;
        return Cut(image, top, left, height, width);
    }

    // The middle core and the same distance around it on all sides.
    private static ImageTensor Around(ImageTensor image, int side)
    {
        int top = (image.Height - Core) / 2 / 32 * 32 - (side - Core) / 2, left = (image.Width - Core) / 2 / 32 * 32 - (side - Core) / 2;
        return Cut(image, top, left, side, side);
    }

    private static ImageTensor Cut(ImageTensor image, int top, int left, int height, int width)
    {
        ImageTensor part = new(1, height, width);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < height; y++)
                image.Plane(0, c).Slice((top + y) * image.Width + left, width).CopyTo(part.Plane(0, c)[(y * width)..]);
        return part;
    }

    private static ImageTensor EightBit(ImageTensor image)
    {
        ImageTensor rounded = new(1, image.Height, image.Width);
        for (int i = 0; i < rounded.Values.Length; i++) rounded.Values[i] = ImageTensor.FromByte(ImageTensor.ToByte(image.Values[i]));
        return rounded;
    }
}
