using System.Globalization;
using LatentSharp.Autoencoders;
using LatentSharp.Autoencoders.Tiling;
using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Latents;
using LatentSharp.Weights;

namespace LatentSharp;

// Pictures to latents and latents to pictures.
public sealed partial class Autoencoder
{
    /// <summary>
    /// The latent of each picture. Sides that are not multiples of the space's factor are continued by reflection on the right and at the
    /// bottom; the latent records the picture's size.
    /// </summary>
    /// <param name="image">[N, 3, H, W] in [-1, 1].</param>
    /// <param name="options">Mean or sample, and how to run; null for the mean.</param>
    /// <param name="progress">Reports after every step of the plan.</param>
    /// <param name="cancellationToken">Ends the call within a fraction of a second.</param>
    /// <exception cref="LatentSharpException">There is no encoder, the picture holds NaN or infinite values, sampling is asked of an
    /// autoencoder without posterior, or the machine's memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public Latent Encode(ImageTensor image, EncodeOptions? options = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        options ??= new EncodeOptions();
        PictureCheck.Image(image);
        if ((options.Seed ?? (options.Noise is null ? null : 0UL)) is not null && !HasPosterior)
            throw new LatentSharpException(ErrorKind.BadInput, Name,
                $"{Family.Title} is deterministic: it has no posterior to sample from.", "Encode without a seed.");
        using HalfRun run = EncoderRun(image.Height, image.Width, options);
        FeatureShape from = run.Input, to = run.Output;
        Require(run, image.Batch, image.Height, image.Width);
        int height = to.Height / Space.Patch, width = to.Width / Space.Patch, size = Space.Channels * height * width;
        var z = new float[image.Batch * size];
        float[]? kept = options.KeepPosterior && HasPosterior ? new float[z.Length] : null;
        if (options.Noise is { } given && given.Length != z.Length)
            throw new ArgumentException($"the noise has {given.Length} values; {z.Length} are needed", nameof(options));
        var pixels = new float[from.Count];
        var moments = new float[to.Count];
        var noise = new float[size];
        for (int i = 0; i < image.Batch; i++)
        {
            ReflectionPadding.Pad(image, i, pixels, from.Height, from.Width);
            if (network.UnitPixels) PixelRange.ToUnit(pixels);
            run.Run(pixels, moments, BatchProgress.Of(progress, i, image.Batch), cancellationToken);
            Span<float> mean = moments.AsSpan(0, size);
            if (HasPosterior)
            {
                ReadOnlySpan<float> logVariance = moments.AsSpan(size, size);
                if (options.Noise is { } values) Posterior.Sample(mean, logVariance, values.Span.Slice(i * size, size));
                else if (options.Seed is { } seed)
                {
                    GaussianNoise.Fill(noise, seed, i);
                    Posterior.Sample(mean, logVariance, noise);
                }
                if (kept is not null) Space.AlreadyScaled().ToDiffusion(logVariance, kept.AsSpan(i * size, size), height, width);
            }
            modelSpace.ToDiffusion(mean, z.AsSpan(i * size, size), height, width);
        }
        RefuseBrokenWeights(z);
        var origin = new Dictionary<string, string> { [LatentProvenance.Autoencoder] = Name };
        if (options.Tiling is { } tiling) origin[LatentProvenance.Tiling] = tiling.For(this).ToString();
        if (options is { Seed: { } used, Noise: null }) origin[LatentProvenance.Seed] = used.ToString(CultureInfo.InvariantCulture);
        return new Latent(Space, z, image.Batch, height, width)
        {
            LogVariance = kept, PictureSize = (image.Height, image.Width),
            Provenance = origin
        };
    }

    /// <summary>
    /// The picture of each latent, cut to the size that the latent records. Values are as the network gives them, not clamped.
    /// </summary>
    /// <param name="latent">Latents in this autoencoder's space.</param>
    /// <param name="options">How to run; null for the defaults.</param>
    /// <param name="progress">Reports after every step of the plan.</param>
    /// <param name="cancellationToken">Ends the call within a fraction of a second.</param>
    /// <exception cref="LatentSpaceMismatchException">The latent is written in another space.</exception>
    /// <exception cref="LatentSharpException">There is no decoder, the latent holds NaN or infinite values, or the machine's memory does
    /// not suffice.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public ImageTensor Decode(Latent latent, DecodeOptions? options = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(latent);
        options ??= new DecodeOptions();
        bool mismatch = latent.Space != Space;
        if (mismatch && !(options.IgnoreSpaceMismatch && latent.Channels == Space.Channels))
            throw new LatentSpaceMismatchException(Name, Space, latent.Space, AutoencoderFamily.Fitting(latent.Space));
        PictureCheck.Latent(latent);
        int fullHeight = checked(latent.Height * Space.Factor), fullWidth = checked(latent.Width * Space.Factor);
        using HalfRun run = DecoderRun(fullHeight, fullWidth, options);
        FeatureShape from = run.Input, to = run.Output;
        Require(run, latent.Batch, fullHeight, fullWidth);
        (int pictureHeight, int pictureWidth) = PictureSize(latent, to);
        var image = new ImageTensor(new float[latent.Batch * ImageTensor.Channels * pictureHeight * pictureWidth], latent.Batch,
            pictureHeight, pictureWidth)
        {
            Opacity = network.HasOpacity ? new float[latent.Batch * pictureHeight * pictureWidth] : null,
            Notes = [.. Notes()],
        };
        int size = latent.Values.Length / latent.Batch;
        var model = new float[from.Count];
        var pixels = new float[to.Count];
        for (int i = 0; i < latent.Batch; i++)
        {
            modelSpace.ToModel(latent.Values.AsSpan(i * size, size), model, latent.Height, latent.Width);
            run.Run(model, pixels, BatchProgress.Of(progress, i, latent.Batch), cancellationToken);
            if (network.UnitPixels) PixelRange.FromUnit(pixels);
            ReflectionPadding.Crop(pixels, to.Height, to.Width, image, i);
        }
        RefuseBrokenWeights(image.Values);
        return image;

        IEnumerable<string> Notes()
        {
            if (mismatch) yield return $"decoded although the latent is written in {latent.Space} and {Name} speaks {Space}";
            if (options.Tiling is { } tiling) yield return $"tiled as another program does it ({tiling.For(this)}), which changes the picture";
        }
    }

    private HalfRun EncoderRun(int height, int width, EncodeOptions options)
    {
        (height, width) = (ReflectionPadding.RoundUp(height, Space.Factor), ReflectionPadding.RoundUp(width, Space.Factor));
        int f = network.Factor;
        return Tiled(options.Tiling, height, width, new FeatureShape(height, width, ImageTensor.Channels),
                new FeatureShape(height / f, width / f, 2 * network.Channels), Tile) ?? Tile(height, width);

        WholeRun Tile(int h, int w) => Whole(PlanEncode(h, w, options.Compute), h, w, options.Compute);
    }

    private HalfRun DecoderRun(int height, int width, DecodeOptions options)
    {
        int f = network.Factor;
        return Tiled(options.Tiling, height, width, new FeatureShape(height / f, width / f, network.Channels),
            new FeatureShape(height, width, ImageTensor.Channels), (h, w) => Tile(h * f, w * f)) ?? Tile(height, width);

        WholeRun Tile(int h, int w) => Whole(PlanDecode(h, w, options.Compute), h, w, options.Compute);
    }

    private HalfRun? Tiled(BlendedTiling? tiling, int height, int width, FeatureShape input, FeatureShape output,
        Func<int, int, WholeRun> tile)
    {
        if (tiling is null) return null;
        TileSizes sizes = TileSizes.Of(tiling, this);
        bool one = tiling.Program == TilingProgram.Diffusers && height <= sizes.Tile && width <= sizes.Tile;
        return one ? null : new TiledRun(input, output, tiling.Program, sizes, network.Factor, tile);
    }

    private WholeRun Whole(Plan plan, int height, int width, ComputeOptions? compute)
    {
        MemoryBudget.RequireMachine(plan.PeakBytes, Name, $"a picture of {width}x{height}");
        return new WholeRun(plan, sessions.Take(this, plan, plan.Budget(compute ?? ComputeOptions.Default)));
    }

    // Input that is finite gives what is not when weights are not, or, very rarely, when numbers grow beyond float32; the latter is left to
    // the caller.
    private void RefuseBrokenWeights(float[] result)
    {
        if (!Array.Exists(result, v => !float.IsFinite(v))) return;
        IReadOnlyList<NonFiniteTensor> broken = NonFiniteWeights.Find(Weights);
        if (broken.Count > 0)
            throw new LatentSharpException(ErrorKind.BadInput, Path ?? Name,
                $"{broken.Count} {(broken.Count == 1 ? "tensor has" : "tensors have")} values that are no finite numbers: "
                    + $"{string.Join("; ", broken.Take(3))}.", "The file is damaged, or was spoilt when it was made; fetch it again.");
    }

    // The recorded size counts only if it fits the grid: a latent that was cropped or enlarged since has lost its picture's size.
    private (int, int) PictureSize(Latent latent, FeatureShape decoded)
    {
        if (latent.PictureSize is not (int height, int width) || height <= 0 || width <= 0) return (decoded.Height, decoded.Width);
        bool fits = ReflectionPadding.RoundUp(height, Space.Factor) == decoded.Height
            && ReflectionPadding.RoundUp(width, Space.Factor) == decoded.Width;
        return fits ? (height, width) : (decoded.Height, decoded.Width);
    }

    private void Require(HalfRun run, int batch, int height, int width)
    {
        if (batch * Math.Max(run.Input.Count, run.Output.Count) > Array.MaxLength)
            throw new LatentSharpException(ErrorKind.BadInput, Name,
                $"{batch} pictures of {width}x{height} have more values than one tensor holds ({Array.MaxLength:N0}).", "Use fewer or smaller pictures.");
    }
}
