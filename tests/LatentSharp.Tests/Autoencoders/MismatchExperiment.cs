using System.Globalization;
using System.Text;
using System.Text.Json;
using LatentSharp.Autoencoders.Checks;
using LatentSharp.Latents;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// The experiment behind the library's verdicts on latents of unknown origin. With LATENTSHARP_WRITE_DOCS=1 it takes the fingerprints from
/// the training photographs (assets/catalogue/space-fingerprints.json), finds the margin by cross-validation among them, judges the
/// evaluation photographs, and writes docs/mismatch.md: one run does all. Without, it judges one crop of each evaluation photograph with
/// the fingerprints in the library.
/// </summary>
public sealed class MismatchExperiment
{
    private const int Crop = 256;

    internal const int CropsOfAPhotograph = 2;

    // The share of right verdicts, in cross-validation, that the margin may leave undecided.
    internal const double Undecided = 0.01;

    private static readonly (string Name, string File)[] Autoencoders =
        [("taesd", "taesd_encoder.safetensors"), ("taesdxl", "taesdxl_encoder.safetensors"), ("taesd3", "taesd3_encoder.safetensors"),
            ("taef1", "taef1_encoder.safetensors"), ("taef2", "taef2_encoder.pth")];

    private static bool Writing => Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") == "1";

    [Fact]
    public void LatentsOfOtherPhotographsAreAttributedToTheirSpace()
    {
        Shared.Require("photos", "models/tiny");
        var all = new Tally();
        foreach ((string name, _) in Autoencoders.Where(a => a.Name != "taef2"))
            foreach (string photograph in Photographs.Evaluation(large: true))
            {
                Latent latent = Photographs.Encoded(photograph, name);
                all.Add(latent.Space, latent, SpaceFingerprint.Known);
            }
        Assert.True(all.Right >= 0.99 * all.Count && all.Alarms(SpaceVerdict.TrustedMargin) <= 0.01 * all.Count,
            $"of {all.Count} latents {all.Right} were attributed to their space, {all.Alarms(SpaceVerdict.TrustedMargin)} raised an alarm");
    }

    [Fact]
    public void TheWholeExperiment()
    {
        if (!Writing) Assert.Skip("takes a quarter of an hour; LATENTSHARP_WRITE_DOCS=1 runs it");
        string[] training = PathsIn("photos/train", "*.jpg"), evaluation = PathsIn("photos", "*.png");
        var sets = new List<Encoded>();
        foreach ((string name, string file) in Autoencoders)
        {
            using Autoencoder autoencoder = Autoencoder.Open(Shared.Path("models/tiny/" + file));
            bool judged = name != "taef2";      // nothing looks like FLUX.2
            sets.Add(new Encoded(name, autoencoder.Space,
                [.. training.Select(p => (Latent[])[.. Spread(p).Select(c => autoencoder.Encode(c))])],
                judged ? [.. evaluation.Select(p => (Latent[])[.. Crops(p).Select(c => autoencoder.Encode(c))])] : [],
                judged ? Checked(autoencoder, training) : new Checks(), judged ? Checked(autoencoder, evaluation) : new Checks()));
        }

        // Cross-validation: fingerprints of every second photograph judge the others.
        var crossed = sets.Where(s => s.Evaluation.Length > 0).ToDictionary(s => s.Name, _ => new Tally());
        foreach (int fold in (int[])[0, 1])
        {
            SpaceFingerprint[] half = [.. sets.Select(s => Fingerprint(s, (_, i) => i % 2 != fold))];
            foreach (Encoded set in sets.Where(s => s.Evaluation.Length > 0))
                for (int i = fold; i < set.Training.Length; i += 2)
                    foreach (Latent latent in set.Training[i]) crossed[set.Name].Add(set.Space, latent, half);
        }
        double[] margins = [.. crossed.Values.SelectMany(t => t.Margins).Order()];
        double rule = Math.Floor(200 * margins[(int)(Undecided * margins.Length)]) / 200;     // in steps of 0.005, downwards
        SpaceFingerprint[] whole = [.. sets.Select(s => Fingerprint(s, (_, _) => true))];
        File.WriteAllText(Repository.Path("assets/catalogue/space-fingerprints.json"), Json(whole));

        var unseen = new Dictionary<string, Tally>();
        foreach (Encoded set in sets.Where(s => s.Evaluation.Length > 0))
        {
            unseen[set.Name] = new Tally();
            foreach (Latent latent in set.Evaluation.SelectMany(l => l)) unseen[set.Name].Add(set.Space, latent, whole);
        }
        string page = Repository.Path("docs/mismatch.md"), throughTheCommand = MismatchCommandExperiment.PartOf(File.ReadAllText(page));
        File.WriteAllText(page, MismatchPage.Of(sets, crossed, unseen, training.Length, evaluation.Length, rule) + "\n" + throughTheCommand);
        foreach (Tally tally in new[] { Tally.Sum(crossed.Values), Tally.Sum(unseen.Values) })
            Assert.True(tally.Right >= 0.99 * tally.Count && tally.Alarms(rule) <= 0.01 * tally.Count,
                $"of {tally.Count} latents {tally.Right} were attributed to their space, {tally.Alarms(rule)} raised an alarm");
        Assert.Equal(SpaceVerdict.TrustedMargin, rule);
    }

    private static string Json(SpaceFingerprint[] fingerprints)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (SpaceFingerprint fingerprint in fingerprints)
            {
                json.WriteStartObject();
                json.WriteString("space", fingerprint.SpaceId);
                json.WriteNumber("channels", fingerprint.Channels);
                json.WriteNumber("pictures", fingerprint.Pictures);
                foreach ((string name, IReadOnlyList<double> values) in new[] { ("scatter", fingerprint.Scatter),
                    ("mean", fingerprint.Mean), ("covariance", fingerprint.Covariance) })
                {
                    json.WriteStartArray(name);
                    foreach (double value in values) json.WriteNumberValue(Math.Round(value, 5));
                    json.WriteEndArray();
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(stream.ToArray()).Replace("},{", "},\n{", StringComparison.Ordinal) + "\n";
    }

    private static SpaceFingerprint Fingerprint(Encoded set, Func<Latent[], int, bool> chosen)
    {
        Latent[][] photographs = [.. set.Training.Where(chosen)];
        return SpaceFingerprint.From(set.Space.Id, set.Space.ModelChannels, [.. photographs.SelectMany(l => l).SelectMany(Differences)],
            [.. photographs.SelectMany(l => l).SelectMany(Values)], photographs.Length);
    }

    private static Checks Checked(Autoencoder autoencoder, string[] photographs)
    {
        var checks = new Checks();
        foreach (string photograph in photographs)
        {
            CompatibilityReport report = Compatibility.Check(autoencoder, autoencoder.Encode(Crops(photograph).First()));
            string consistency = report.Findings.Single(f => f.Aspect == CompatibilityAspect.Consistency).Text;
            checks.Add(report.Verdict, double.Parse(consistency[(consistency.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        }
        return checks;
    }

    private static string[] PathsIn(string folder, string pattern)
        => [.. Directory.GetFiles(Shared.Path(folder), pattern).Order(StringComparer.Ordinal)];

    // Up to CropsOfAPhotograph crops, spread over the picture.
    private static IEnumerable<ImageTensor> Spread(string path)
    {
        ImageTensor[] crops = [.. Crops(path)];
        int count = Math.Min(CropsOfAPhotograph, crops.Length);
        return Enumerable.Range(0, count).Select(i => crops[count == 1 ? 0 : i * (crops.Length - 1) / (count - 1)]);
    }

    // Non-overlapping crops, row by row.
    private static IEnumerable<ImageTensor> Crops(string path) => Crops(PictureFile.Load(path).Image);

    private static IEnumerable<ImageTensor> Crops(ImageTensor image)
    {
        for (int top = 0; top + Crop <= image.Height; top += Crop)
            for (int left = 0; left + Crop <= image.Width; left += Crop)
            {
                var crop = new ImageTensor(1, Crop, Crop);
                for (int c = 0; c < ImageTensor.Channels; c++)
                    for (int y = 0; y < Crop; y++)
                        image.Plane(0, c).Slice((top + y) * image.Width + left, Crop).CopyTo(crop.Plane(0, c)[(y * Crop)..]);
                yield return crop;
            }
    }

    // Differences to the neighbours on the right and below, at every other position.
    private static IEnumerable<float[]> Differences(Latent latent)
    {
        (float[] model, int channels, int width) = Unpacked(latent);
        int plane = model.Length / channels;
        for (int y = 0; y + 1 < plane / width; y += 2)
            for (int x = 0; x + 1 < width; x += 2)
                foreach (int step in (int[])[1, width])
                    yield return [.. Enumerable.Range(0, channels)
                        .Select(c => model[c * plane + y * width + x + step] - model[c * plane + y * width + x])];
    }

    // The values at every other position.
    private static IEnumerable<float[]> Values(Latent latent)
    {
        (float[] model, int channels, int width) = Unpacked(latent);
        int plane = model.Length / channels;
        for (int y = 0; y < plane / width; y += 2)
            for (int x = 0; x < width; x += 2)
                yield return [.. Enumerable.Range(0, channels).Select(c => model[c * plane + y * width + x])];
    }

    private static (float[] Values, int Channels, int Width) Unpacked(Latent latent)
    {
        LatentSpace space = latent.Space.AlreadyScaled();
        var model = new float[latent.Values.Length];
        space.ToModel(latent.Values, model, latent.Height, latent.Width);
        return (model, space.ModelChannels, latent.Width * space.Patch);
    }
}
