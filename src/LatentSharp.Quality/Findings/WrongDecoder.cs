using System.Globalization;
using System.Text.Json;
using LatentSharp.Latents;

namespace LatentSharp.Quality.Findings;

/// <summary>
/// Tells from a picture alone that its latent was written in one space and decoded in another of as many channels. The picture is encoded
/// again; how neighbouring positions of that latent differ betrays what was done. The fingerprints were taken with the TAESD family's
/// weights from 48 photographs and from what the wrong decoders make of them.
/// </summary>
internal static class WrongDecoder
{
    private const string Resource = "wrong-decoder-fingerprints.json";

    // Nats per position, added over spaces: of 48 other photographs, and their right round trips, at most 2 of 100 reach it.
    private const double LeastLead = 0.33;

    private const int LargestSide = 512, LeastSide = 128;

    // Where nothing is, the differences of a latent are what encoder and decoder add by themselves. Of 163 photographs 8 have less than
    // this share of blocks with a deviation of that many levels.
    private const int Block = 8;
    private const double LeastTextured = 0.3, LeastDeviation = 1.5;

    private static readonly Lazy<Known[]> Fingerprints = new(Read);

    /// <summary>The finding; null when nothing is wrong, or nothing can be told.</summary>
    public static Finding? Of(ImageTensor picture, IReadOnlyList<Autoencoder> atHand, CancellationToken cancellationToken)
    {
        if (!CanTell(picture, atHand)) return null;
        (LatentSpace from, LatentSpace by, double lead) = Likeliest(picture, atHand, cancellationToken);
        if (lead < LeastLead) return null;
        string[] used = [.. atHand.Where(Tells).Select(a => a.Name)];
        return new Finding(FindingKind.Space, 3 + 3 * lead, Math.Round(Math.Clamp(0.75 + 0.3 * (lead - LeastLead), 0.75, 0.97), 2),
            string.Create(CultureInfo.InvariantCulture,
                $"Encoded again with {string.Join(" and ", used)}, it looks like a latent of {from.Title} that an autoencoder of {by.Title} decoded, by "
                    + $"{lead:0.00} nats per position more than like a natural picture."),
            FindingOrigin.Autoencoder, $"Decode the latent with an autoencoder of {from.Title}.")
        { Figures = [new("lead", lead, "nats")] };
    }

    /// <summary>The likeliest pair of space and decoder, and by how many nats per position it is likelier than a natural picture.</summary>
    internal static (LatentSpace Latent, LatentSpace Decoder, double Lead) Likeliest(ImageTensor picture, IReadOnlyList<Autoencoder> atHand,
        CancellationToken cancellationToken)
    {
        ImageTensor middle = Middle(picture);
        Dictionary<(string? Latent, string? Decoder), double> sums = [];
        foreach (IGrouping<string, Autoencoder> space in atHand.Where(Tells).GroupBy(a => a.Space.Id))
        {
            int count = space.Count();
            foreach (Autoencoder autoencoder in space)
            {
                Latent z = autoencoder.Encode(middle, cancellationToken: cancellationToken);
                foreach (Known k in Fingerprints.Value.Where(k => k.Encoder == KeyOf(autoencoder)))
                    sums[(k.Latent, k.Decoder)] = sums.GetValueOrDefault((k.Latent, k.Decoder))
                        + k.Fingerprint.Score(z.Values, z.Height, z.Width) * z.Channels / count;
            }
        }
        ((string? Latent, string? Decoder) pair, double score) = sums.Where(s => s.Key.Latent is not null).MaxBy(s => s.Value);
        return (LatentSpace.Find(pair.Latent!)!, LatentSpace.Find(pair.Decoder!)!, score - sums[(null, null)]);
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

    private static Known[] Read()
    {
        using Stream stream = typeof(WrongDecoder).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the resource {Resource} was not compiled in");
        using JsonDocument document = JsonDocument.Parse(stream);
        return [.. document.RootElement.EnumerateArray().Select(e =>
        {
            int channels = e.GetProperty("channels").GetInt32();
            double[] scatter = [.. e.GetProperty("scatter").EnumerateArray().Select(v => v.GetDouble())];
            string encoder = e.GetProperty("encoder").GetString()!;
            // Only the scatter of differences is compared; mean and covariance have to be there.
            return new Known(encoder, e.GetProperty("latent").GetString(), e.GetProperty("decoder").GetString(),
                new SpaceFingerprint(encoder, channels, scatter, new double[channels], scatter, e.GetProperty("pictures").GetInt32()));
        })];
    }

    private sealed record Known(string Encoder, string? Latent, string? Decoder, SpaceFingerprint Fingerprint);
}
