using System.Globalization;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Quality.Metrics;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;
using LatentSharp.Weights.Views;

namespace LatentSharp.Quality.Calibration;

/// <summary>What is fitted.</summary>
public enum RecalibrationKind
{
    /// <summary>An affine map of colours (12 numbers), folded exactly into the last convolution. Few pictures suffice.</summary>
    Colour,
    /// <summary>The whole last convolution, by ridge regression on the features that it reads.</summary>
    LastLayer,
}

/// <summary>Quality on pictures that were not used for the fit.</summary>
/// <param name="Psnr">Mean PSNR in dB.</param>
/// <param name="DeltaE">Mean CIEDE2000 difference.</param>
/// <param name="Cast">Length of the mean of the signed shifts in Lab.</param>
public sealed record HeldOutQuality(double Psnr, double DeltaE, double Cast);

/// <summary>
/// Improves the decoder of an autoencoder in closed form, without training: every second picture is used for the fit, the others for the
/// proof. What does not help there is refused.
/// </summary>
/// <param name="Kind">What was fitted.</param>
/// <param name="Before">The others, before.</param>
/// <param name="After">The others, after.</param>
/// <param name="FitCount">Pictures used for the fit.</param>
/// <param name="HeldOutCount">Pictures used for the proof.</param>
/// <param name="Scaling">The scale and shift that would centre the latents of the pictures; for information, nothing is changed by it:
/// <see cref="LatentCentring"/> does that.</param>
public sealed record Recalibration(RecalibrationKind Kind, HeldOutQuality Before, HeldOutQuality After, int FitCount, int HeldOutCount,
    LatentScaling Scaling)
{
    /// <summary>The fewest pictures that show different things: two to fit and two to prove.</summary>
    internal const int Fewest = 4;

    // Every third row and column: neighbours say nearly the same, and the normal equations grow with the number of pixels.
    private const int PixelStep = 3;

    // From hardly any change to an unrestrained fit, as shares of the mean energy of a feature.
    private static readonly double[] Ridges = [10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

    /// <summary>Fits, proves, and writes the improved autoencoder as a new safetensors file.</summary>
    /// <param name="autoencoder">What to improve; it is left as it is.</param>
    /// <param name="pictures">Four at least that differ; one that shows the same as an earlier one is left out.</param>
    /// <param name="kind">What to fit.</param>
    /// <param name="path">The file to write; complete or absent.</param>
    /// <param name="compute">How networks are run.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the run soon; nothing is written.</param>
    /// <exception cref="LatentSharpException">There are too few pictures, the decoder has no such layer, or the fit does not help on the
    /// pictures held out.</exception>
    public static Recalibration Write(Autoencoder autoencoder, IReadOnlyList<ImageTensor> pictures, RecalibrationKind kind, string path,
        ComputeOptions? compute = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        pictures = RequireDistinct(pictures);
        ImageTensor[] fit = [.. pictures.Where((_, i) => i % 2 == 0)], heldOut = [.. pictures.Where((_, i) => i % 2 == 1)];
        double steps = fit.Length + 2 * heldOut.Length, done = 0;
        void Step() => progress?.Report(++done / steps);

        LastLayer layer = LastLayer.Of(autoencoder);
        List<Latent> latents = [];
        int unknowns = kind == RecalibrationKind.Colour ? 4 : 9 * layer.Channels + 1;
        LeastSquares[] halves = [new(unknowns, 3), new(unknowns, 3)];
        for (int i = 0; i < fit.Length; i++)
        {
            ImageTensor picture = fit[i];
            Latent z = autoencoder.Encode(picture, new EncodeOptions { Compute = compute }, cancellationToken: cancellationToken);
            latents.Add(z);
            ImageTensor now = autoencoder.Decode(z, new DecodeOptions { Compute = compute }, cancellationToken: cancellationToken);
            if (kind == RecalibrationKind.Colour) AddColours(halves[i % 2], autoencoder, picture, now);
            else AddFeatures(halves, i, fit.Length == 1, autoencoder, layer, picture, now, z, compute, cancellationToken);
            Step();
        }
        double ridge = kind == RecalibrationKind.Colour ? 0 : LeastSquares.BestRidge(halves[0], halves[1], Ridges);
        halves[0].Add(halves[1]);
        LastLayer better = kind == RecalibrationKind.Colour ? Folded(layer, halves[0].Solve(0)) : layer.Plus(halves[0].Solve(ridge));

        HeldOutQuality before = Measure(autoencoder, heldOut, compute, Step, cancellationToken);
        OverlaidWeights changed = new(autoencoder.Weights);
        changed.Replace(better.WeightName, better.Weight);
        changed.Replace(better.BiasName, better.Bias);
        HeldOutQuality after;
        using (Autoencoder improved = Autoencoder.From(changed, new AutoencoderOptions { Family = autoencoder.Family }))
            after = Measure(improved, heldOut, compute, Step, cancellationToken);
        if (after.Psnr < before.Psnr + 0.01 || after.DeltaE > before.DeltaE + 0.01)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name,
                string.Create(CultureInfo.InvariantCulture,
                    $"recalibration does not help: on {(heldOut.Length == 1 ? "the picture" : $"the {heldOut.Length} pictures")} held out PSNR goes "
                        + $"from {before.Psnr:0.00} to {after.Psnr:0.00} dB and the colour error from {before.DeltaE:0.00} to "
                            + $"{after.DeltaE:0.00}. Nothing was written."),
                fit.Length < 6 ? "Give more pictures: a dozen of the kind that matters."
                    : new Remedy(RemedyKind.Finetune, "The autoencoder has no fault of this kind; what lies deeper takes training", autoencoder.Path));
        Dictionary<string, string> metadata = new(autoencoder.Weights.Metadata)
        {
            ["latentsharp.recalibrated"] = kind == RecalibrationKind.Colour ? "colour" : "last-layer",
            ["latentsharp.recalibrated.from"] = ContentDigest.Compute(autoencoder.Weights, DigestLevel.Exact, cancellationToken: cancellationToken).Whole,
            ["latentsharp.recalibrated.pictures"] = Digests.OfText(string.Join('\n', pictures.Select(Digests.OfPixels))),
            ["latentsharp.recalibrated.held_out"] =
                string.Create(CultureInfo.InvariantCulture,
                    $"PSNR {before.Psnr:0.000} -> {after.Psnr:0.000} dB, CIEDE2000 {before.DeltaE:0.000} -> {after.DeltaE:0.000}"),
        };
        SafetensorsWriter.Write(path, changed.Tensors.Select(t => Unchanged(changed, t)), metadata, cancellationToken: cancellationToken);
        return new Recalibration(kind, before, after, fit.Length, heldOut.Length, LatentScaling.Of(autoencoder, latents));
    }

    /// <summary>The pictures without copies, of which there have to be enough: two to fit and two to prove.</summary>
    internal static IReadOnlyList<ImageTensor> RequireDistinct(IReadOnlyList<ImageTensor> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ImageTensor[] distinct = DistinctPictures.Of(pictures);
        if (distinct.Length >= Fewest) return distinct;
        throw new LatentSharpException(ErrorKind.BadInput, "",
            $"Recalibration needs {Fewest} pictures at least, two to fit and two to prove; there are {distinct.Length}"
                + $"{(distinct.Length < pictures.Count ? $" that differ among {pictures.Count}" : "")}.",
            "Give more pictures; a dozen is a good number.");
    }

    /// <summary>A tensor as it is; formats of blocks, which safetensors does not have, as float32.</summary>
    internal static SafetensorsEntry Unchanged(WeightSource weights, KeyValuePair<string, TensorInfo> tensor)
        => tensor.Value.Type.BlockLength() > 1
        ? SafetensorsEntry.Convert(weights, tensor.Value, tensor.Key, tensor.Value.Shape, ElementType.F32)
        : SafetensorsEntry.Copy(weights, tensor.Value, tensor.Key, tensor.Value.Shape);

    private static void AddColours(LeastSquares equations, Autoencoder autoencoder, ImageTensor picture, ImageTensor now)
    {
        int n = picture.Height * picture.Width;
        double[] inputs = new double[4 * n], wanted = new double[3 * n];
        int count = 0;
        for (int i = 0; i < n; i++)
        {
            // Where the picture is cut off, what lies beyond it is unknown.
            bool cut = false;
            for (int c = 0; c < 3; c++) cut |= MathF.Abs(picture.Plane(0, c)[i]) > 0.995f;
            if (cut) continue;
            for (int c = 0; c < 3; c++)
            {
                inputs[4 * count + c] = Native(autoencoder, now.Plane(0, c)[i]);
                wanted[3 * count + c] = Native(autoencoder, picture.Plane(0, c)[i]);
            }
            inputs[4 * count + 3] = 1;
            count++;
        }
        equations.Add(inputs, wanted, count);
    }

    private static void AddFeatures(LeastSquares[] halves, int index, bool single, Autoencoder autoencoder, LastLayer layer,
        ImageTensor picture, ImageTensor now, Latent z, ComputeOptions? compute, CancellationToken cancellationToken)
    {
        (float[] features, int height, int width) = LastLayer.Features(autoencoder, z, compute, cancellationToken);
        int unknowns = 9 * layer.Channels + 1, perRow = (picture.Width - 2) / PixelStep;
        for (int y = 1; y < picture.Height - 1; y += PixelStep)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double[] inputs = new double[unknowns * perRow], wanted = new double[3 * perRow];
            int count = 0;
            for (int x = 1; x < picture.Width - 1 && count < perRow; x += PixelStep, count++)
            {
                int at = count * unknowns;
                for (int c = 0; c < layer.Channels; c++)
                    for (int dy = -1; dy <= 1; dy++)
                        for (int dx = -1; dx <= 1; dx++) inputs[at++] = features[(c * height + y + dy) * width + x + dx];
                inputs[at] = 1;
                // What is fitted is the change: the ridge then holds on to the weights that were trained.
                for (int c = 0; c < 3; c++)
                    wanted[3 * count + c] = Native(autoencoder, picture.Plane(0, c)[y * picture.Width + x])
                        - Native(autoencoder, now.Plane(0, c)[y * picture.Width + x]);
            }
            // Pictures go to the halves in turn; of a single picture, bands of rows do.
            halves[(index + (single ? y / 32 : 0)) % 2].Add(inputs, wanted, count);
        }
    }

    private static LastLayer Folded(LastLayer layer, double[][] solution)
        => layer.Through([.. solution.SelectMany(s => s.Take(3))], [.. solution.Select(s => s[3])]);

    private static double Native(Autoencoder autoencoder, float value) => autoencoder.UnitPixels ? 0.5 * value + 0.5 : value;

    private static HeldOutQuality Measure(Autoencoder autoencoder, ImageTensor[] pictures, ComputeOptions? compute, Action step,
        CancellationToken cancellationToken)
    {
        ThereAndBack way = new(autoencoder, autoencoder, compute);
        MeanFigures means = MeanFigures.Over(pictures, Result, Psnr.Rgb, MeanFigures.DeltaE, (x, y) => ColourDrift.Of(x, y).L,
            (x, y) => ColourDrift.Of(x, y).A, (x, y) => ColourDrift.Of(x, y).B);
        return new HeldOutQuality(means[0], means[1], Math.Sqrt(means[2] * means[2] + means[3] * means[3] + means[4] * means[4]));

        ImageTensor Result(ImageTensor picture)
        {
            ImageTensor result = way.Of(picture, null, cancellationToken);
            step();
            return result;
        }
    }
}
