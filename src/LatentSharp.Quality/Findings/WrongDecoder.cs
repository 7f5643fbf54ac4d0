using System.Globalization;
using System.Text.Json;

namespace LatentSharp.Quality.Findings;

/// <summary>
/// Tells from a picture alone that its latent was written in one space and decoded in another of as many channels. The picture is encoded
/// again; how neighbouring positions of that latent differ (<see cref="DifferenceShape"/>) betrays what was done, since a wrong decoder's
/// picture has channels that vary together as in no photograph. What tells the two apart is linear in that shape and was fitted to
/// photographs, to what becomes of them in files and in right decoders, and to what wrong decoders make of them.
/// </summary>
internal static class WrongDecoder
{
    private const string Resource = "wrong-decoder-fingerprints.json";

    // Chosen among 59 photographs, each judged by what the others showed: 1 of 200 photographs and right decodings reached it (all of one
    // photograph), and 98 of 100 wrong decodings.
    private const double LeastLead = 8;

    private const int LargestSide = 512, LeastSide = 128;

    // Where nothing is, the differences of a latent are what encoder and decoder add by themselves. Of 163 photographs 8 have less than
    // this share of blocks with a deviation of that many levels.
    private const int Block = 8;
    private const double LeastTextured = 0.3, LeastDeviation = 1.5;

    private static readonly Lazy<Fingerprint[]> Fingerprints = new(Read);

    /// <summary>The finding; null when nothing is wrong, or nothing can be told.</summary>
    public static Finding? Of(ImageTensor picture, IReadOnlyList<Autoencoder> atHand, ComputeOptions? compute,
        CancellationToken cancellationToken)
    {
        if (!CanTell(picture, atHand)) return null;
        (LatentSpace from, LatentSpace by, double lead) = Likeliest(picture, atHand, compute, cancellationToken);
        if (lead < LeastLead) return null;
        string[] used = [.. atHand.Where(Tells).Select(a => a.Name)];
        return new Finding(FindingKind.Space, 3 + lead / LeastLead, Math.Round(Math.Clamp(0.8 + 0.02 * (lead - LeastLead), 0.8, 0.98), 2),
            string.Create(CultureInfo.InvariantCulture,
                $"Encoded again with {string.Join(" and ", used)}, it looks like a latent of {from.Title} that an autoencoder of {by.Title} decoded, by "
                    + $"{lead:0.0} nats more than like a natural picture."),
            FindingOrigin.Autoencoder, $"Decode the latent with an autoencoder of {from.Title}.")
        { Figures = [new("lead", lead, "nats")] };
    }

    /// <summary>The likeliest pair of space and decoder, and by how many nats it is likelier than a natural picture.</summary>
    internal static (LatentSpace Latent, LatentSpace Decoder, double Lead) Likeliest(ImageTensor picture, IReadOnlyList<Autoencoder> atHand,
        ComputeOptions? compute, CancellationToken cancellationToken)
    {
        ImageTensor middle = Middle(picture);
        Dictionary<(string Latent, string Decoder, string By), double> sums = [];
        foreach (IGrouping<string, Autoencoder> space in atHand.Where(Tells).GroupBy(a => KeyOf(a)!))
        {
            int count = space.Count();
            foreach (Autoencoder autoencoder in space)
            {
                double[] shape = DifferenceShape.Of(autoencoder.Encode(middle, new EncodeOptions { Compute = compute },
                    cancellationToken: cancellationToken));
                foreach (Fingerprint f in Fingerprints.Value.Where(f => f.Encoder == space.Key))
                    sums[(f.Latent, f.Decoder, f.By)] = sums.GetValueOrDefault((f.Latent, f.Decoder, f.By)) + f.Lead(shape) / count;
            }
        }
        (var which, double lead) = sums.MaxBy(s => s.Value);
        return (LatentSpace.Find(which.Latent)!, LatentSpace.Find(which.Decoder)!, lead);
    }

    /// <summary>Whether there is an autoencoder to encode with, and enough of a picture.</summary>
    public static bool CanTell(ImageTensor picture, IReadOnlyList<Autoencoder> atHand)
        => Math.Min(picture.Height, picture.Width) >= LeastSide && Textured(picture) >= LeastTextured && atHand.Any(Tells);

    // The share of blocks of the middle in which green changes.
    private static double Textured(ImageTensor picture)
    {
        ImageTensor middle = Middle(picture);
        int rows = middle.Height / Block, columns = middle.Width / Block, textured = 0;
        ReadOnlySpan<float> green = middle.Plane(0, 1);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                double sum = 0, squares = 0;
                for (int i = 0; i < Block * Block; i++)
                {
                    double level = 127.5 * green[(r * Block + i / Block) * middle.Width + c * Block + i % Block];
                    (sum, squares) = (sum + level, squares + level * level);
                }
                const int n = Block * Block;
                if (squares / n - sum / n * (sum / n) >= LeastDeviation * LeastDeviation) textured++;
            }
        return (double)textured / (rows * columns);
    }

    private static bool Tells(Autoencoder autoencoder) => autoencoder.CanEncode && KeyOf(autoencoder) is not null;

    // The small autoencoder that programs bring along encodes in its own way; all others of a space alike.
    private static string? KeyOf(Autoencoder autoencoder)
    {
        string key = autoencoder.Name == "embedded" ? "embedded" : autoencoder.Space.Id;
        return Fingerprints.Value.Any(k => k.Encoder == key) ? key : null;
    }

    private static ImageTensor Middle(ImageTensor picture)
    {
        int height = Math.Min(LargestSide, picture.Height), width = Math.Min(LargestSide, picture.Width),
            top = (picture.Height - height) / 2, left = (picture.Width - width) / 2;
        ImageTensor middle = new(1, height, width);
        for (int c = 0; c < ImageTensor.Channels; c++)
            for (int y = 0; y < height; y++)
                picture.Plane(0, c).Slice((top + y) * picture.Width + left, width).CopyTo(middle.Plane(0, c)[(y * width)..]);
        return middle;
    }

    private static Fingerprint[] Read()
    {
        using Stream stream = typeof(WrongDecoder).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} was not compiled in");
        using JsonDocument document = JsonDocument.Parse(stream);
        return [.. document.RootElement.EnumerateArray().Select(e => new Fingerprint(Text(e, "encoder"), Text(e, "latent"), Text(e, "decoder"),
            Text(e, "by"), e.GetProperty("bias").GetDouble(), [.. e.GetProperty("weights").EnumerateArray().Select(v => v.GetDouble())]))];

        static string Text(JsonElement e, string name) => e.GetProperty(name).GetString()!;
    }

    // What one encoder makes of the pictures of one wrong pair.
    private sealed record Fingerprint(string Encoder, string Latent, string Decoder, string By, double Bias, double[] Weights)
    {
        public double Lead(double[] shape)
        {
            double lead = Bias;
            for (int i = 0; i < Weights.Length; i++) lead += Weights[i] * shape[i];
            return lead;
        }
    }
}
