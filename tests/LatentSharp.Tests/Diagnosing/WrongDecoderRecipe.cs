using System.Globalization;
using System.Text;
using LatentSharp.Quality.Findings;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Tests.Diagnosing;

/// <summary>
/// Makes assets/catalogue/wrong-decoder-fingerprints.json, by which pictures of wrong decoders are told: for each encoder, and each pair of
/// a latent's writer and a wrong decoder, the direction that tells what the pair makes of photographs from natural pictures (Fisher's
/// linear discriminant over <see cref="DifferenceShape"/>, one covariance for all, shrunk towards its mean variance). Natural are photographs, and
/// photographs as right decoders give them back. LATENTSHARP_WRONG_DECODERS=/a/folder makes it from the photographs in it.
/// </summary>
public sealed class WrongDecoderRecipe
{
    private const int Side = 320;

    private const double Shrinkage = 0.1;

    private static readonly string[] Encoders = ["embedded", "taesd", "taesdxl", "taesd3", "taef1"];

    private static readonly (string Writer, string Decoder)[] Pairs = [("taesd", "taesdxl"), ("taesdxl", "taesd"), ("taesd3", "taef1"),
        ("taef1", "taesd3"), ("taesd3", "embedded"), ("embedded", "taesd3")];

    [Fact]
    public void MakesTheFingerprintsOfWrongDecoders()
    {
        string folder = Environment.GetEnvironmentVariable("LATENTSHARP_WRONG_DECODERS") ?? "";
        Assert.SkipUnless(Directory.Exists(folder), "takes twenty seconds a photograph; LATENTSHARP_WRONG_DECODERS=/a/folder runs it");
        Shared.Require("models/tiny");
        using Autoencoders autoencoders = new();
        // By encoder: the class (null for natural pictures) and the shape of each picture.
        Dictionary<string, List<((string Writer, string Decoder)? Class, double[] Shape)>> samples = Encoders.ToDictionary(e => e, _ =>
            new List<((string, string)?, double[])>());
        foreach (string path in Directory.GetFiles(folder).Order())
        {
            ImageTensor photograph = PlantedDefect.Saved(LatentExperiments.Middle(PictureFile.Load(path).Image, Side));
            foreach (((string, string)? which, string[] encoders, ImageTensor made) in PicturesOf(photograph, autoencoders))
            {
                ImageTensor picture = PlantedDefect.Saved(made);
                if (!WrongDecoder.CanTell(picture, [EmbeddedAutoencoder.Shared])) continue;
                foreach (string encoder in encoders.Distinct())
                    samples[encoder].Add((which, DifferenceShape.Of(autoencoders[encoder].Encode(picture))));
            }
        }
        StringBuilder json = new("[");
        foreach (string encoder in Encoders) Write(json, encoder, samples[encoder], autoencoders);
        File.WriteAllText(Repository.Path("assets/catalogue/wrong-decoder-fingerprints.json"), json.Append("]\n").ToString());
        // The embedded autoencoder sees all pairs; of the others each those that it takes part in.
        Assert.Equal(2 * Pairs.Length + Pairs.Count(p => p.Writer != "embedded" && p.Decoder != "embedded"), json.ToString().Split("\"bias\"").Length - 1);
    }

    // Each is seen by the embedded autoencoder and by those that took part in it.
    private static IEnumerable<((string, string)? Class, string[] Encoders, ImageTensor Picture)> PicturesOf(ImageTensor p,
        Autoencoders autoencoders)
    {
        yield return (null, Encoders, p);
        foreach (string name in Encoders) yield return (null, ["embedded", name], autoencoders.Decoded(p, name, name));
        foreach ((string writer, string decoder) in Pairs)
            yield return ((writer, decoder), ["embedded", writer, decoder], autoencoders.Decoded(p, writer, decoder));
    }

    private static void Write(StringBuilder json, string encoder, List<((string Writer, string Decoder)? Class, double[] Shape)> samples,
        Autoencoders autoencoders)
    {
        int n = samples[0].Shape.Length;
        var means = samples.GroupBy(s => s.Class ?? ("", "")).ToDictionary(g => g.Key,
            g => (double[])[.. Enumerable.Range(0, n).Select(i => g.Average(s => s.Shape[i]))]);
        double[,] covariance = new double[n, n];
        foreach (((string, string)? which, double[] shape) in samples)
        {
            double[] mean = means[which ?? ("", "")];
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) covariance[i, j] += (shape[i] - mean[i]) * (shape[j] - mean[j]) / samples.Count;
        }
        double variance = Enumerable.Range(0, n).Average(i => covariance[i, i]);
        for (int i = 0; i < n; i++) covariance[i, i] += Shrinkage * variance;
        double[] natural = means[("", "")];
        foreach ((string writer, string decoder) in Pairs.Where(p => means.ContainsKey(p)))
        {
            double[] mean = means[(writer, decoder)], apart = [.. Enumerable.Range(0, n).Select(i => mean[i] - natural[i])];
            double[] weights = Solve(covariance, apart);
            double bias = -0.5 * Enumerable.Range(0, n).Sum(i => weights[i] * (mean[i] + natural[i]));
            if (json.Length > 1) json.Append(",\n");
            string own = encoder == "embedded" ? encoder : autoencoders[encoder].Space.Id;
            json.Append(CultureInfo.InvariantCulture, $$"""
                {"encoder":"{{own}}","latent":"{{autoencoders[writer].Space.Id}}","decoder":"{{autoencoders[decoder].Space.Id}}","by":"{{writer}} {{decoder}}",
                """).Append(CultureInfo.InvariantCulture, $"\"bias\":{bias:0.#####},\"weights\":[")
                .AppendJoin(',', weights.Select(w => w.ToString("0.####", CultureInfo.InvariantCulture))).Append("]}");
        }
    }

    // Gauss with the largest pivot.
    private static double[] Solve(double[,] matrix, double[] right)
    {
        int n = right.Length;
        double[,] m = (double[,])matrix.Clone();
        double[] b = [.. right];
        for (int k = 0; k < n; k++)
        {
            int pivot = Enumerable.Range(k, n - k).MaxBy(i => Math.Abs(m[i, k]));
            for (int j = 0; j < n; j++) (m[k, j], m[pivot, j]) = (m[pivot, j], m[k, j]);
            (b[k], b[pivot]) = (b[pivot], b[k]);
            for (int i = k + 1; i < n; i++)
            {
                double factor = m[i, k] / m[k, k];
                for (int j = k; j < n; j++) m[i, j] -= factor * m[k, j];
                b[i] -= factor * b[k];
            }
        }
        for (int k = n - 1; k >= 0; k--)
        {
            for (int j = k + 1; j < n; j++) b[k] -= m[k, j] * b[j];
            b[k] /= m[k, k];
        }
        return b;
    }

    /// <summary>The tiny autoencoders and the embedded one, by name.</summary>
    private sealed class Autoencoders : IDisposable
    {
        private readonly Dictionary<string, Autoencoder> opened = Encoders.Where(e => e != "embedded")
            .ToDictionary(e => e, e => Autoencoder.Open(DiagnosisCases.PathOf(e)));

        public Autoencoder this[string name] => opened.GetValueOrDefault(name) ?? EmbeddedAutoencoder.Shared;

        public ImageTensor Decoded(ImageTensor picture, string writer, string decoder)
        {
            Latent z = this[writer].Encode(picture);
            return this[decoder].Decode(new Latent(this[decoder].Space, z.Values, 1, z.Height, z.Width));
        }

        public void Dispose()
        {
            foreach (Autoencoder autoencoder in opened.Values) autoencoder.Dispose();
        }
    }
}
