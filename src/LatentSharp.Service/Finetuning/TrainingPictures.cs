using LatentSharp.Quality.Metrics;
using LatentSharp.Quality.Reports;
using LatentSharp.Service.Reporting;
using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning;

/// <summary>
/// The pictures of a training: those to learn from, of which squares are cut out, and those that are held back. Which squares a step gets
/// follows from its number and the seed alone, so a run that goes on sees what it would have seen.
/// </summary>
internal sealed class TrainingPictures
{
    /// <summary>The fewest: two to learn from, and one for the proof.</summary>
    public const int Fewest = 3;

    // One in five is held back, but not more than measure in a moment.
    private const int HeldBackShare = 5, MostHeldBack = 8;

    // Pictures stay in memory, a byte a value, as long as they are not very many.
    private const long MostBytes = 1_000_000_000;

    private readonly List<One> learned = [];
    private readonly int crop, batch, factor;
    private readonly ulong seed;
    private int[] order = [];
    private long orderOf = -1;

    private TrainingPictures(int crop, int batch, int factor, ulong seed)
        => (this.crop, this.batch, this.factor, this.seed) = (crop, batch, factor, seed);

    /// <summary>How many there are to learn from.</summary>
    public int Count => learned.Count;

    /// <summary>What is held back, with its latent where there are pairs, at most <c>side</c> pixels each way.</summary>
    public List<(string Name, TrainingExample Example)> HeldBack { get; } = [];

    /// <summary>The digest of all pictures.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Reads every picture once, and leaves out what cannot be used.</summary>
    /// <param name="found">The pictures.</param>
    /// <param name="latents">Latents to them, or null.</param>
    /// <param name="request">Crop, batch, seed.</param>
    /// <param name="factor">Pixels per position of the latent.</param>
    /// <param name="side">The most pixels each way of a picture that is held back.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">There are too few.</exception>
    public static TrainingPictures Of(MeasuredPictures found, PairedLatents? latents, TuningRequest request, int factor, int side,
        CancellationToken cancellationToken)
    {
        if (request.Crop % factor != 0)
            throw new LatentSharpException(ErrorKind.Usage, $"--crop {request.Crop}", $"squares have sides that are multiples of {factor}.",
                $"Take {Math.Max(factor, request.Crop / factor * factor)}.");
        var pictures = new TrainingPictures(request.Crop, request.Batch, factor, request.Seed);
        var usable = new List<One>();
        var digests = new List<string>();
        (int Width, int Height, string Name) largest = default;
        long bytes = 0;
        int tooSmall = 0;
        foreach ((ReportPicture picture, ImageTensor image) in found.Distinct(cancellationToken))
        {
            string name = picture.Name;
            if (Math.Min(image.Width, image.Height) > Math.Min(largest.Width, largest.Height)) largest = (image.Width, image.Height, name);
            if (Math.Min(image.Width, image.Height) < request.Crop)
            {
                tooSmall++;
                found.LeaveOut(name, $"it is {image.Width} x {image.Height}, smaller than the squares of {request.Crop}");
                continue;
            }
            Latent? latent = null;
            if (latents is not null && (latent = latents.Of(name, image, found)) is null) continue;
            digests.Add(Digests.OfPixels(image));
            byte[] pixels = image.ToPixels(PixelFormat.Rgb24);
            bytes += pixels.Length;
            usable.Add(new One(name, image.Width, image.Height, bytes <= MostBytes ? pixels : null, picture.Load, latent));
        }
        if (usable.Count < Fewest)
            throw new LatentSharpException(ErrorKind.BadInput, string.Join(", ", request.Images.Names),
                $"{usable.Count} picture{(usable.Count == 1 ? "" : "s")} can be used; a training needs {Fewest} at least"
                    + $"{(found.Unused.Count > 0 ? $" ({found.Unused[0].Name}: {found.Unused[0].Reason.TrimEnd('.')})" : "")}.",
                tooSmall > 0 && usable.Count + tooSmall >= Fewest
                    ? $"Take smaller squares, --crop {Math.Max(factor, Math.Min(largest.Width, largest.Height) / factor * factor)} at most for {largest.Name}."
                    : "Give more pictures: some dozens of the kind that matters.");
        pictures.Digest = Digests.OfText(string.Join('\n', digests));
        int held = Math.Clamp(usable.Count / HeldBackShare, 1, MostHeldBack);
        // Evenly over the names: neighbours are often of one series.
        HashSet<int> back = [.. Enumerable.Range(0, held).Select(i => (int)((i + 0.5) * usable.Count / held))];
        for (int i = 0; i < usable.Count; i++)
        {
            if (!back.Contains(i)) pictures.learned.Add(usable[i]);
            else pictures.HeldBack.Add((usable[i].Name, pictures.Middle(usable[i], side)));
        }
        return pictures;
    }

    /// <summary>The squares of a step.</summary>
    /// <param name="step">Its number, from 1.</param>
    public IReadOnlyList<TrainingExample> Batch(long step)
    {
        var examples = new TrainingExample[batch];
        for (int i = 0; i < batch; i++)
        {
            long index = (step - 1) * batch + i;
            One one = learned[Order(index / learned.Count)[(int)(index % learned.Count)]];
            var random = new SplitMix(seed ^ unchecked((ulong)index * 0x9E3779B97F4A7C15 + 1));
            // On the grid of the latents, where there are pairs.
            int grid = one.Latent is null ? 1 : factor;
            int top = random.Below((one.Height - crop) / grid + 1) * grid, left = random.Below((one.Width - crop) / grid + 1) * grid;
            bool mirrored = one.Latent is null && random.Below(2) == 1;
            examples[i] = new TrainingExample(Cut(one.Image(), top, left, crop, crop, mirrored),
                one.Latent?.Cut(factor, top, left, crop, crop));
        }
        return examples;
    }

    /// <summary>The middle of every picture to learn from.</summary>
    /// <param name="side">The most pixels each way.</param>
    public IEnumerable<TrainingExample> Middles(int side) => learned.Select(one => Middle(one, side));

    // The order of a round through all pictures.
    private int[] Order(long round)
    {
        if (round == orderOf) return order;
        var random = new SplitMix(seed + unchecked((ulong)round * 0xD1B54A32D192ED03));
        int[] made = [.. Enumerable.Range(0, learned.Count)];
        for (int i = made.Length - 1; i > 0; i--)
        {
            int j = random.Below(i + 1);
            (made[i], made[j]) = (made[j], made[i]);
        }
        (order, orderOf) = (made, round);
        return made;
    }

    private TrainingExample Middle(One one, int side)
    {
        int height = Math.Min(side, one.Height) / factor * factor, width = Math.Min(side, one.Width) / factor * factor;
        int top = (one.Height - height) / 2 / factor * factor, left = (one.Width - width) / 2 / factor * factor;
        return new TrainingExample(Cut(one.Image(), top, left, height, width, false), one.Latent?.Cut(factor, top, left, height, width));
    }

    private static ImageTensor Cut(ImageTensor image, int top, int left, int height, int width, bool mirrored)
    {
        var cut = new ImageTensor(1, height, width);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int y = 0; y < height; y++)
            {
                Span<float> row = cut.Plane(0, c).Slice(y * width, width);
                image.Plane(0, c).Slice((top + y) * image.Width + left, width).CopyTo(row);
                if (mirrored) row.Reverse();
            }
        return cut;
    }

    private sealed record One(string Name, int Width, int Height, byte[]? Pixels, Func<ImageTensor> Load, Latent? Latent)
    {
        // Through the same levels, kept or not, so that results do not depend on it.
        public ImageTensor Image()
            => ImageTensor.FromPixels(Pixels ?? Load().ToPixels(PixelFormat.Rgb24), Width, Height, PixelFormat.Rgb24);
    }
}
