using System.Globalization;
using System.Text;
using System.Text.Json;
using LatentSharp.Autoencoders;
using LatentSharp.Imaging;
using LatentSharp.Latents;
using LatentSharp.Tensors;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// The experiment behind the library's verdicts on latents of unknown origin. With LATENTSHARP_WRITE_DOCS=1 it takes the fingerprints from the training photographs
/// (assets/catalogue/space-fingerprints.json) or, once they are built into the library, judges crops of other photographs with them (docs/mismatch.md). Two runs with a
/// build in between reproduce both.
/// </summary>
public sealed class MismatchExperiment
{
    private const int Crop = 256;

    private static readonly (string Name, string File)[] autoencoders =
        [("taesd", "taesd_encoder.safetensors"), ("taesdxl", "taesdxl_encoder.safetensors"), ("taesd3", "taesd3_encoder.safetensors"), ("taef1", "taef1_encoder.safetensors"), ("taef2", "taef2_encoder.pth")];

    private static bool Writing => Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") == "1";

    [Fact]
    public void FingerprintsAreTakenFromTheTrainingPhotographs()
    {
        if (!Writing) Assert.Skip("takes minutes; LATENTSHARP_WRITE_DOCS=1 runs it");
        string[] photographs = [.. Directory.GetFiles(Shared.Path("photos/train"), "*.jpg").Order(StringComparer.Ordinal)];
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = false }))
        {
            json.WriteStartArray();
            foreach ((_, string file) in autoencoders)
            {
                using Autoencoder autoencoder = Autoencoder.Open(Shared.Path("models/tiny/" + file));
                List<float[]> differences = [.. photographs.SelectMany(p => Differences(autoencoder, Crops(p).Last()))];
                var fingerprint = SpaceFingerprint.From(autoencoder.Space.Id, autoencoder.Space.ModelChannels, differences, photographs.Length);
                json.WriteStartObject();
                json.WriteString("space", fingerprint.SpaceId);
                json.WriteNumber("channels", fingerprint.Channels);
                json.WriteNumber("pictures", fingerprint.Pictures);
                json.WriteStartArray("scatter");
                foreach (double value in fingerprint.Scatter) json.WriteNumberValue(Math.Round(value, 5));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        File.WriteAllText(Repository.Path("assets/catalogue/space-fingerprints.json"), Encoding.UTF8.GetString(stream.ToArray()).Replace("},{", "},\n{", StringComparison.Ordinal) + "\n");
    }

    [Fact]
    public void LatentsOfOtherPhotographsAreAttributedToTheirSpace()
    {
        Shared.Require("photos", "models/tiny");
        var lines = new StringBuilder();
        int right = 0, all = 0, alarms = 0;
        foreach ((string name, string file) in autoencoders.Where(a => a.Name != "taef2"))
        {
            using Autoencoder autoencoder = Autoencoder.Open(Shared.Path("models/tiny/" + file));
            int mine = 0, count = 0, falseAlarms = 0;
            double least = double.MaxValue;
            foreach (string photograph in Directory.GetFiles(Shared.Path("photos"), "*.png").Order(StringComparer.Ordinal))
                foreach (ImageTensor crop in Crops(photograph).Take(Writing ? int.MaxValue : 1))
                {
                    SpaceVerdict verdict = SpaceIdentification.Of(autoencoder.Encode(crop))!;
                    count++;
                    if (verdict.Best == autoencoder.Space) (mine, least) = (mine + 1, Math.Min(least, verdict.Margin));
                    else if (verdict.IsTrusted) falseAlarms++;
                }
            (right, all, alarms) = (right + mine, all + count, alarms + falseAlarms);
            lines.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {autoencoder.Space.Title} | {count} | {mine} | {falseAlarms} | {least:0.000} |");
        }
        Assert.True(right >= 0.99 * all, $"{right} of {all} latents were attributed to their space\n{lines}");
        Assert.True(alarms <= 0.01 * all, $"{alarms} of {all} matched pairs raised an alarm\n{lines}");
        if (Writing) File.WriteAllText(Repository.Path("docs/mismatch.md"), Page(lines.ToString(), right, all, alarms));
    }

    private static string Page(string lines, int right, int all, int alarms) => string.Create(CultureInfo.InvariantCulture, $"""
        # Telling latent spaces apart by their values

        Stable Diffusion 1.x and XL have latents of one shape, and so have Stable Diffusion 3 and FLUX.1. The library tells them apart by how their channels vary together:
        the directions of the differences between neighbouring positions are taken as drawn from an angular central Gaussian distribution, and the space under which they are
        likelier wins. Colours, contrast, scale and shift do not enter. The fingerprints (`assets/catalogue/space-fingerprints.json`) were taken with the TAESD family's real
        weights from one 256x256 crop of each of 151 photographs; the figures below come from 256x256 crops of other photographs. A wrong verdict counts as an alarm when its
        lead is at least {SpaceVerdict.TrustedMargin} nats per channel.

        Attributed to the right space: {right} of {all}. False alarms on matched pairs: {alarms} of {all}.

        | written by | space | crops | right | false alarms | smallest lead, nats per channel |
        |---|---|---|---|---|---|
        {lines.TrimEnd()}

        To reproduce: `LATENTSHARP_WRITE_DOCS=1 ./test`, twice (the first run takes the fingerprints, the second is built with them).

        """);

    // Non-overlapping crops, row by row; the last one is used for the fingerprints.
    private static IEnumerable<ImageTensor> Crops(string path)
    {
        ImageTensor image = PictureFile.Load(path).Image;
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
    private static IEnumerable<float[]> Differences(Autoencoder autoencoder, ImageTensor image)
    {
        LatentSpace space = autoencoder.Space.AlreadyScaled();
        Latent latent = autoencoder.Encode(image);
        var model = new float[latent.Values.Length];
        space.ToModel(latent.Values, model, latent.Height, latent.Width);
        int width = latent.Width * space.Patch, plane = model.Length / space.ModelChannels;
        for (int y = 0; y + 1 < plane / width; y += 2)
            for (int x = 0; x + 1 < width; x += 2)
                foreach (int step in (int[])[1, width])
                    yield return [.. Enumerable.Range(0, space.ModelChannels).Select(c => model[c * plane + y * width + x + step] - model[c * plane + y * width + x])];
    }
}
