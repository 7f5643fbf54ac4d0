using System.Globalization;
using System.Text.Json;

namespace LatentSharp.Tests.FluxGolden;

/// <summary>
/// Texts in PNG files of A1111, Forge, ComfyUI, InvokeAI and stable-diffusion.cpp, and broken ones: golden/png-metadata, whose manifest
/// says what A1111's own parser gives and what a reader finds in the graphs.
/// </summary>
public sealed class PictureMetadataTests
{
    public static TheoryData<string> Files
    {
        get
        {
            using JsonDocument page = Manifest();
            return [.. page.RootElement.EnumerateObject().Select(p => p.Name)];
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_picture_says_what_its_manifest_says(string file)
    {
        using JsonDocument page = Manifest();
        JsonElement one = page.RootElement.GetProperty(file);
        string path = Shared.Path("golden/png-metadata/" + file);
        PictureMetadata? found = PictureMetadata.Read(path);
        Assert.True(PictureFile.Load(path).Image.Width > 0);

        KeyValuePair<string, string>[] texts = [.. one.GetProperty("texts").EnumerateObject()
            .Select(t => new KeyValuePair<string, string>(t.Name, t.Value.GetString()!))];
        Assert.Equal(texts.OrderBy(t => t.Key, StringComparer.Ordinal),
            (found?.Texts ?? []).DistinctBy(t => t.Key).OrderBy(t => t.Key, StringComparer.Ordinal));
        if (one.TryGetProperty("parsed", out JsonElement parsed)) Parsed(parsed, found!);
        if (one.TryGetProperty("found", out JsonElement graph)) Graph(graph, found!);
    }

    private static void Parsed(JsonElement expected, PictureMetadata found)
    {
        // A key may stand there more than once; A1111 keeps the last.
        var line = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in found.Parameters) line[key] = value;
        foreach (JsonProperty pair in expected.EnumerateObject())
        {
            string value = pair.Value.GetString()!;
            switch (pair.Name)
            {
                case "Prompt": Assert.Equal(value, found.Prompt); break;
                case "Negative prompt": Assert.Equal(value, found.NegativePrompt ?? ""); break;
                case "Size-1": Assert.Equal(int.Parse(value, CultureInfo.InvariantCulture), found.Width); break;
                case "Size-2": Assert.Equal(int.Parse(value, CultureInfo.InvariantCulture), found.Height); break;
                default: Assert.Equal(value, line.GetValueOrDefault(pair.Name)); break;
            }
            if (pair.Name == "Seed") Assert.Equal(value, found.Seed);
            // stable-diffusion.cpp leaves it empty and names the file elsewhere, which is found.
            if (pair.Name == "Model" && value.Length > 0) Assert.Equal(value, found.Checkpoint);
        }
    }

    private static void Graph(JsonElement expected, PictureMetadata found)
    {
        foreach (JsonProperty pair in expected.EnumerateObject())
        {
            string? said = pair.Name switch
            {
                "seed" => found.Seed,
                "steps" => Text(found.Steps),
                "cfg" => Text(found.GuidanceScale),
                "sampler" => found.Sampler,
                "scheduler" => found.Scheduler,
                "guidance" => Text(found.DistilledGuidance),
                "width" => Text(found.Width),
                "height" => Text(found.Height),
                "positive" => found.Prompt,
                "negative" => found.NegativePrompt,
                "model" => found.Checkpoint,
                "vae" => found.Autoencoder,
                _ => null,
            };
            string wanted = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString()! : Text(pair.Value.GetDouble())!;
            Assert.Equal($"{pair.Name} {wanted}", $"{pair.Name} {said}");
        }
    }

    private static string? Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static JsonDocument Manifest() => JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/png-metadata/manifest.json")));
}
