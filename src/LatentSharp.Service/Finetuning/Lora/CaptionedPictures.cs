using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Latents;
using LatentSharp.Quality.Metrics;
using LatentSharp.Service.Reporting;
using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning.Lora;

/// <summary>
/// Pictures with what they show, as the transformer is given both. Which of them a step gets, at which times and with which noise, follows
/// from its number and the seed alone.
/// </summary>
internal sealed class CaptionedPictures
{
    /// <summary>The fewest: two to learn from, and one for the proof.</summary>
    public const int Fewest = 3;

    // One in five is held back, but not more than measure in a moment, each at some times.
    private const int HeldBackShare = 5, MostHeldBack = 4;

    // A logistic normal distribution, moved towards noise as far as is usual for FLUX.1 (flow shift 3).
    private const double Shift = 3;

    private static readonly float[] Times = [0.3f, 0.6f, 0.8f, 0.95f];

    private readonly List<One> learned = [];
    private readonly List<One> held = [];
    private readonly int batch;
    private readonly ulong seed;

    private CaptionedPictures(int batch, ulong seed) => (this.batch, this.seed) = (batch, seed);

    /// <summary>How many there are to learn from.</summary>
    public int Count => learned.Count;

    /// <summary>How many are held back.</summary>
    public int HeldBackCount => held.Count;

    /// <summary>The digest of all pictures and captions.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>The pictures held back, each at the same times and with the same noise whenever they are asked for.</summary>
    public IReadOnlyList<LoraExample> HeldBack
        => [.. held.SelectMany((one, i) => Times.Select((time, t) => Example(one, time, 0xC0FFEE ^ (ulong)(i * Times.Length + t))))];

    /// <summary>Reads and encodes every picture and its caption once, and leaves out what cannot be used.</summary>
    /// <param name="found">The pictures.</param>
    /// <param name="request">Batch and seed.</param>
    /// <param name="side">Sides of the squares in pixels.</param>
    /// <param name="tokens">Tokens of a text.</param>
    /// <param name="flux">The text encoders and the autoencoder.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">There are too few.</exception>
    public static CaptionedPictures Of(MeasuredPictures found, LoraRequest request, int side, int tokens, FluxPipeline flux,
        CancellationToken cancellationToken)
    {
        var pictures = new CaptionedPictures(request.Batch, request.Seed);
        var usable = new List<One>();
        var digests = new List<string>();
        var square = new FixedSize(new Extent(side, side));
        foreach ((var picture, ImageTensor image) in found.Each(cancellationToken))
        {
            string path = Path.ChangeExtension(found.PathOf(picture.Name), ".txt");
            string caption = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
            if (caption.Length == 0)
            {
                string file = Path.GetFileName(path);
                found.LeaveOut(picture.Name, File.Exists(path) ? $"{file} is empty" : $"there is no {file} that says what it shows");
                continue;
            }
            ImageTensor cut = Pixels.Of(image).Placed(square.Place(new Extent(image.Width, image.Height))).ToImage();
            var encode = new EncodeOptions { Compute = request.Compute };
            Latent latent = flux.Autoencoder!.Encode(cut, encode, cancellationToken: cancellationToken);
            TextConditioning text = flux.Encode(caption, tokens, cancellationToken: cancellationToken);
            usable.Add(new One(LatentTokens.Pack(latent.Values, latent.Height, latent.Width), text));
            digests.Add(Digests.OfPixels(cut) + " " + caption);
        }
        if (usable.Count < Fewest)
            throw new LatentSharpException(ErrorKind.BadInput, string.Join(", ", request.Images.Names),
                $"{usable.Count} picture{(usable.Count == 1 ? "" : "s")} with a caption can be used; a training needs {Fewest} at least"
                    + $"{(found.Unused.Count > 0 ? $" ({found.Unused[0].Name}: {found.Unused[0].Reason.TrimEnd('.')})" : "")}.",
                "Write what each picture shows into a text file of its name, as in a.txt beside a.png.");
        pictures.Digest = Digests.OfText(string.Join('\n', digests));
        int count = Math.Clamp(usable.Count / HeldBackShare, 1, MostHeldBack);
        HashSet<int> back = [.. Enumerable.Range(0, count).Select(i => (int)((i + 0.5) * usable.Count / count))];
        for (int i = 0; i < usable.Count; i++) (back.Contains(i) ? pictures.held : pictures.learned).Add(usable[i]);
        return pictures;
    }

    /// <summary>The examples of a step.</summary>
    /// <param name="step">Its number, from 1.</param>
    public IReadOnlyList<LoraExample> Batch(long step)
    {
        var examples = new LoraExample[batch];
        for (int i = 0; i < batch; i++)
        {
            ulong index = (ulong)((step - 1) * batch + i);
            var random = new SplitMix(unchecked(seed ^ (index * 0x9E3779B97F4A7C15 + 1)));
            One one = learned[random.Below(learned.Count)];
            var normal = new float[1];
            ulong draw = unchecked((seed << 32) + 2 * index);
            GaussianNoise.Fill(normal, draw);
            double share = 1 / (1 + Math.Exp(-normal[0]));
            examples[i] = Example(one, (float)(Shift * share / (1 + (Shift - 1) * share)), draw + 1);
        }
        return examples;
    }

    private static LoraExample Example(One one, float time, ulong draw)
    {
        var noise = new float[one.Latent.Length];
        GaussianNoise.Fill(noise, draw);
        return new LoraExample(one.Latent, one.Text.Text, one.Text.Pooled, time, noise);
    }

    private sealed record One(float[] Latent, TextConditioning Text);
}
