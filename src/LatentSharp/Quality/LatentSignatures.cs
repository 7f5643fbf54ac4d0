using System.Globalization;
using LatentSharp.Latents;

namespace LatentSharp.Quality;

/// <summary>
/// The signatures of the latent spaces whose natural latents were measured: 151 freely licensed photographs, cut to their middle 256 pixels, encoded with the tiny
/// autoencoders of each space (TAEF1, TAESD3, TAESD, TAESDXL), which were trained to write the latents of the large ones.
/// </summary>
public static class LatentSignatures
{
    private static readonly Lazy<Dictionary<string, LatentSignature>> Known = new(Read);

    /// <summary>The signature of a space; null where none was measured.</summary>
    public static LatentSignature? Of(LatentSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        return Known.Value.GetValueOrDefault(space.Id);
    }

    /// <summary>What latents may be taken for when they should be of <paramref name="space"/>: other spaces of as many channels, and all of them before scale and shift.</summary>
    public static IEnumerable<(string Name, LatentSignature Signature)> Alternatives(LatentSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        foreach (LatentSignature s in Known.Value.Values.Where(s => s.Space.Channels == space.Channels))
        {
            if (s.Space != space) yield return ($"latents of {s.Space.Title}", s);
            yield return ($"latents of {s.Space.Title} without its scale and shift", Unscaled(s));
        }
    }

    // m = z / scale + shift, for mean and covariance.
    private static LatentSignature Unscaled(LatentSignature s)
    {
        int n = s.Space.Channels;
        double[] mean = [.. Enumerable.Range(0, n).Select(i => s.Mean[i] / s.Space.ScaleOf(i) + s.Space.ShiftOf(i))];
        double[,] covariance = new double[n, n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) covariance[i, j] = s.Covariance[i, j] / (s.Space.ScaleOf(i) * (double)s.Space.ScaleOf(j));
        return new LatentSignature(s.Space, mean, covariance);
    }

    // A line for each space: its id, C means, then the lower triangle of the covariance row by row.
    private static Dictionary<string, LatentSignature> Read()
    {
        Dictionary<string, LatentSignature> known = [];
        using Stream stream = typeof(LatentSignatures).Assembly.GetManifestResourceStream("latent-signatures.txt") ?? throw new InvalidOperationException("the latent signatures were not compiled in");
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            string[] words = line.Split(' ');
            LatentSpace space = LatentSpace.Find(words[0]) ?? throw new InvalidOperationException($"the latent signatures name an unknown space {words[0]}");
            double[] values = [.. words.Skip(1).Select(w => double.Parse(w, CultureInfo.InvariantCulture))];
            int n = space.Channels, next = n;
            double[,] covariance = new double[n, n];
            for (int i = 0; i < n; i++)
                for (int j = 0; j <= i; j++) covariance[i, j] = covariance[j, i] = values[next++];
            known.Add(space.Id, new LatentSignature(space, values[..n], covariance));
        }
        return known;
    }
}
