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

    // The sides of squares where none are asked for. Normalisations take their statistics from the square: what is right on small ones is
    // less so on whole pictures. The smaller is taken where it makes use of this many times as many pictures.
    private const int UsualCrop = 256, SmallCrop = 128;
    private const double MoreBySmall = 4 / 3.0;

    // Pictures stay in memory, a byte a value, as long as they are not very many.
    private const long MostBytes = 1_000_000_000;

    private readonly List<One> learned = [];
    private readonly int batch, factor;
    private readonly ulong seed;
    private int[] order = [];
    private long orderOf = -1;

    private TrainingPictures(int crop, int batch, int factor, ulong seed)
        => (Crop, this.batch, this.factor, this.seed) = (crop, batch, factor, seed);

    /// <summary>Sides of the squares that are cut out.</summary>
    public int Crop { get; }

    /// <summary>How many there are to learn from.</summary>
    public int Count => learned.Count;

    /// <summary>What is held back, with its latent where there are pairs, at most <c>side</c> pixels each way.</summary>
    public List<(string Name, TrainingExample Example)> HeldBack { get; } = [];

    /// <summary>What is worth knowing before the first step.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The digest of all pictures.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Reads every picture once, and leaves out what cannot be used.</summary>
    /// <param name="found">The pictures.</param>
    /// <param name="latents">Latents to them, or null.</param>
    /// <param name="request">Crop, batch, seed.</param>
    /// <param name="factor">Pixels per position of the latent.</param>
    /// <param name="side">The most pixels each way of a picture that is held back.</param>
    /// <param name="fits">Whether the memory budget allows squares of such sides; it decides where none are asked for.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">There are too few.</exception>
    public static TrainingPictures Of(MeasuredPictures found, PairedLatents? latents, TuningRequest request, int factor, int side,
        Func<int, bool> fits, CancellationToken cancellationToken)
    {
        if (request.Crop is { } asked && asked % factor != 0)
            throw new LatentSharpException(ErrorKind.Usage, $"--crop {asked}", $"squares have sides that are multiples of {factor}.",
                $"Take {Math.Max(factor, asked / factor * factor)}.");
        List<One> all = Read(found, latents, cancellationToken);
        int crop = request.Crop ?? Chosen(all, fits);
        var pictures = new TrainingPictures(crop, request.Batch, factor, request.Seed);
        One[] small = [.. all.Where(o => o.Shorter < crop)];
        foreach (One one in small) found.LeaveOut(one.Name, $"it is {one.Width} x {one.Height}, smaller than the squares of {crop}");
        if (small.Length > 0 && crop > SmallCrop)
            pictures.Notes.Add($"{small.Length} of {all.Count} pictures {(small.Length == 1 ? "is" : "are")} smaller than the squares of {crop} and "
                + $"{(small.Length == 1 ? "is" : "are")} left out; --crop {SmallCrop} takes more of them");
        List<One> usable = [.. all.Where(o => o.Shorter >= crop)];
        if (usable.Count < Fewest) throw TooFew(found, request, factor, all, usable.Count);
        pictures.Digest = Digests.OfText(string.Join('\n', usable.Select(o => o.Digest)));
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
            int top = random.Below((one.Height - Crop) / grid + 1) * grid, left = random.Below((one.Width - Crop) / grid + 1) * grid;
            bool mirrored = one.Latent is null && random.Below(2) == 1;
            examples[i] = new TrainingExample(Cut(one.Image(), top, left, Crop, Crop, mirrored),
                one.Latent?.Cut(factor, top, left, Crop, Crop));
        }
        return examples;
    }

    /// <summary>The middle of every picture to learn from.</summary>
    /// <param name="side">The most pixels each way.</param>
    public IEnumerable<TrainingExample> Middles(int side) => learned.Select(one => Middle(one, side));

    private static List<One> Read(MeasuredPictures found, PairedLatents? latents, CancellationToken cancellationToken)
    {
        var all = new List<One>();
        long bytes = 0;
        foreach ((ReportPicture picture, ImageTensor image) in found.Distinct(cancellationToken))
        {
            Latent? latent = null;
            if (latents is not null && (latent = latents.Of(picture.Name, image, found)) is null) continue;
            byte[] pixels = image.ToPixels(PixelFormat.Rgb24);
            bytes += pixels.Length;
            all.Add(new One(picture.Name, image.Width, image.Height, bytes <= MostBytes ? pixels : null, picture.Load, latent,
                Digests.OfPixels(image)));
        }
        return all;
    }

    private static int Chosen(List<One> all, Func<int, bool> fits)
    {
        int large = all.Count(o => o.Shorter >= UsualCrop), usable = all.Count(o => o.Shorter >= SmallCrop);
        return large >= Fewest && usable < MoreBySmall * large && fits(UsualCrop) ? UsualCrop : SmallCrop;
    }

    private static LatentSharpException TooFew(MeasuredPictures found, TuningRequest request, int factor, List<One> all, int usable)
        => new(ErrorKind.BadInput, string.Join(", ", request.Images.Names),
            $"{usable} picture{(usable == 1 ? "" : "s")} can be used; a training needs {Fewest} at least"
                + $"{(found.Unused.Count > 0 ? $" ({found.Unused[0].Name}: {found.Unused[0].Reason.TrimEnd('.')})" : "")}.",
            all.Count >= Fewest && all.MaxBy(o => o.Shorter) is { } largest
                ? $"Take smaller squares, --crop {Math.Max(factor, largest.Shorter / factor * factor)} at most for {largest.Name}."
                : "Give more pictures: some dozens of the kind that matters.");

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

    private sealed record One(string Name, int Width, int Height, byte[]? Pixels, Func<ImageTensor> Load, Latent? Latent, string Digest)
    {
        public int Shorter => Math.Min(Width, Height);

        // Through the same levels, kept or not, so that results do not depend on it.
        public ImageTensor Image()
            => ImageTensor.FromPixels(Pixels ?? Load().ToPixels(PixelFormat.Rgb24), Width, Height, PixelFormat.Rgb24);
    }
}
