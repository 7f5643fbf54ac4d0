using System.Globalization;
using LatentSharp.Latents;
using LatentSharp.Quality.Metrics;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Cli.Inspection;

/// <summary>A latent file: its space, its size, where it comes from, and what its values are like.</summary>
internal static class LatentFacts
{
    internal static void Add(FileFacts facts, WeightFile file)
    {
        LatentFileContent content = LatentFile.Read(file, new LatentFileOptions { AllowNonFinite = true });
        Latent latent = content.Latent;
        facts.AddKind("latent");
        facts.Add("format", content.Kind switch
        {
            LatentFileKind.LatentSharp => "LatentSharp",
            LatentFileKind.Comfy => "ComfyUI .latent",
            LatentFileKind.ComfyUnmarked => "ComfyUI .latent without version marker",
            _ => "plain tensor `latent`",
        });
        facts.Add("space", latent.Space.ToString(), json => json.WriteString("space", latent.Space.Id));
        facts.Add("space_stated", content.SpaceIsStated);
        facts.Add("shape", string.Create(CultureInfo.InvariantCulture, $"{latent.Batch} x {latent.Channels} x {latent.Height} x {latent.Width}"), json => JsonParts.Shape(json, "shape", latent));
        if (latent.PictureSize is { } size) facts.Add("picture", $"{size.Width} x {size.Height}", json => JsonParts.Size(json, "picture", size));
        facts.Add("element_type", file.Tensors.TryGetValue(LatentFile.TensorName, out TensorInfo? tensor) ? tensor.Type.Name() : file.Tensors["latent_tensor"].Type.Name());
        facts.Add("posterior", latent.LogVariance is not null);
        LatentStatistics statistics = LatentStatistics.Of(latent);
        facts.Add("non_finite", statistics.NonFinite);
        facts.Add("rms", statistics.Rms.ToString("0.000", CultureInfo.InvariantCulture), json => JsonParts.Number(json, "rms", statistics.Rms, 6));
        facts.AddMetadata(file.Metadata);
        foreach (string note in content.Notes) facts.Note(note);
    }
}
