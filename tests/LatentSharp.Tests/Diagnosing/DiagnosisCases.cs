using System.Security.Cryptography;
using System.Text;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Tests.Diagnosing;

/// <summary>All cases of one half of the photographs, photograph by photograph.</summary>
internal sealed class DiagnosisCases : IDisposable
{
    private const int Side = 384;

    // Both autoencoders of a pair have latents of as many channels.
    private static readonly (string Writer, string Decoder)[] WrongPairs =
        [("taesd", "taesdxl"), ("taesdxl", "taesd"), ("taesd3", "taef1"), ("taef1", "taesd3"), ("taesd3", "embedded")];

    private readonly Dictionary<string, Autoencoder> opened = [];

    /// <summary>The photographs of a half: by the first byte of the SHA-256 of the file's name, even for <c>tuning</c>, odd for
    /// <c>held-back</c>; all pictures of a folder where <paramref name="half"/> is its path.</summary>
    public static string[] Photographs(string half)
        => Path.IsPathRooted(half) ? [.. Directory.GetFiles(half).Order()]
            : [.. Tests.Photographs.Training.Concat(Tests.Photographs.Evaluation(large: true))
            // The same scene is there in two sizes.
            .Where(p => Path.GetFileName(p) != "architecture-colosseum-1024.png")
            .Where(p => Hash(p)[0] % 2 == (half == "tuning" ? 0 : 1))];

    /// <summary>The cases, photograph by photograph.</summary>
    /// <param name="half">Which half.</param>
    /// <param name="most">How many photographs take part; which, is drawn by their names.</param>
    public IEnumerable<DiagnosisCase> Of(string half, int most = int.MaxValue)
        => Photographs(half).Select((path, i) => (path, i)).OrderBy(p => Hash(p.path)[1]).Take(most)
            .SelectMany(p => CasesOf(p.path, p.i));

    private static byte[] Hash(string path) => SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(path)));

    public void Dispose()
    {
        foreach (Autoencoder autoencoder in opened.Values) autoencoder.Dispose();
    }

    private IEnumerable<DiagnosisCase> CasesOf(string path, int i)
    {
        string photograph = Path.GetFileName(path);
        Lazy<ImageTensor> image = new(() => PlantedDefect.Saved(LatentExperiments.Middle(PictureFile.Load(path).Image, Side)));

        foreach (PlantedDefect d in Half(PlantedDefect.Against))
            yield return Pair(DiagnosisSet.Reference, d.Kind, d.Name, p => d.Plant(p, i));
        foreach (PlantedDefect d in Half(PlantedDefect.Further))
            yield return Pair(DiagnosisSet.Further, d.Kind, d.Name, p => d.Plant(p, i));

        foreach (string name in (string[])["taef1", "taesd3"])
            yield return Pair(DiagnosisSet.CleanPair, "", "decoded by " + name, p => RoundTrip(p, name));
        if (i % 2 == 0) yield return Pair(DiagnosisSet.CleanPair, "", "the same picture", p => p);
        else yield return Pair(DiagnosisSet.CleanPair, "", "JPEG of quality 92", p => PlantedDefect.Jpeg(p, 92));
        foreach (string name in OneOf(3, "embedded", "taesd", "taesdxl"))
            yield return Pair(DiagnosisSet.LossyPair, "", "decoded by " + name, p => RoundTrip(p, name));

        // Grey has no order of channels.
        foreach (PlantedDefect d in Half(PlantedDefect.Alone).Where(d => d.Kind != "channels" || IsColoured(image.Value)))
            yield return Alone(DiagnosisSet.Alone, d.Kind, d.Name, p => d.Plant(p, i));
        yield return Alone(DiagnosisSet.CleanPhotograph, "", "as it is", p => p);
        foreach (string name in OneOf(3, "taef1", "taesdxl", "embedded"))
            yield return Alone(DiagnosisSet.CleanDecoding, "", "decoded by " + name, p => RoundTrip(p, name), name);
        foreach ((string writer, string decoder) in OneOf(5, WrongPairs))
            foreach (string atHand in (string[])[writer, decoder])
                yield return Alone(DiagnosisSet.WrongAutoencoder, "space", $"latent of {writer} decoded by {decoder}, {atHand} at hand",
                    p => Decoded(p, writer, decoder), atHand);

        // Each photograph takes a part of the cases, so that many photographs are seen.
        IEnumerable<PlantedDefect> Half(IEnumerable<PlantedDefect> from) => from.Where((_, k) => (i / 7 + k) % 2 == 0);
        IEnumerable<T> OneOf<T>(int n, params T[] from) => from.Where((_, k) => (i + k) % n == 0);
        DiagnosisCase Pair(DiagnosisSet set, string kind, string name, Func<ImageTensor, ImageTensor> change)
            => new(set, kind, name, photograph) { Make = () => (image.Value, PlantedDefect.Saved(change(image.Value))) };
        DiagnosisCase Alone(DiagnosisSet set, string kind, string name, Func<ImageTensor, ImageTensor> change, string? atHand = null)
            => new(set, kind, name, photograph) { AtHand = atHand, Make = () => (null, PlantedDefect.Saved(change(image.Value))) };
    }

    private static bool IsColoured(ImageTensor image)
    {
        double sum = 0;
        for (int i = 0; i < image.Height * image.Width; i++) sum += Math.Abs(image.Plane(0, 0)[i] - image.Plane(0, 2)[i]);
        return 127.5 * sum / (image.Height * image.Width) >= 1;
    }

    private ImageTensor RoundTrip(ImageTensor image, string name) => Decoded(image, name, name);

    private ImageTensor Decoded(ImageTensor image, string writer, string decoder)
    {
        Latent z = Open(writer).Encode(image);
        Autoencoder by = Open(decoder);
        return by.Decode(new Latent(by.Space, z.Values, 1, z.Height, z.Width));
    }

    private Autoencoder Open(string name)
    {
        if (name == AutoencoderLibrary.EmbeddedName) return EmbeddedAutoencoder.Shared;
        if (!opened.TryGetValue(name, out Autoencoder? autoencoder))
            opened.Add(name, autoencoder = Autoencoder.Open(PathOf(name)));
        return autoencoder;
    }

    /// <summary>The weights of one of the tiny autoencoders.</summary>
    public static string PathOf(string name) => Shared.Path($"models/tiny/{name}_encoder.safetensors");
}
