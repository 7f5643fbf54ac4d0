using LatentSharp.Latents;
using LatentSharp.Quality.Findings;
using LatentSharp.Quality.Metrics;
using LatentSharp.Service.Files;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Inspecting;

/// <summary>
/// A file of data: a latent with its space, its size, where it comes from and what its values are like; or pictures as raw numbers.
/// </summary>
internal static class InspectedLatent
{
    internal static InspectResult Of(InspectResult result, WeightFile file)
    {
        LatentFileContent content = LatentFile.Read(file, new LatentFileOptions { AllowNonFinite = true });
        Latent latent = content.Latent;
        LatentMoments moments = LatentMoments.Of(latent);
        Finding? seen = moments.NonFinite > 0 ? null : LatentFindings.OfValues(latent);
        TensorInfo tensor = file.Tensors[content.TensorName];
        return result with
        {
            Kind = InspectedKind.Latent,
            Format = content.Kind switch
            {
                LatentFileKind.LatentSharp => "LatentSharp",
                LatentFileKind.Comfy => "ComfyUI .latent",
                LatentFileKind.ComfyUnmarked => "ComfyUI .latent without version marker",
                LatentFileKind.Trainer => $"cache of {latent.Provenance[LatentProvenance.Tool]}",
                LatentFileKind.Array => $"{file.Format}, `{TensorNames.Printable(content.TensorName)}`",
                _ => latent.Provenance.TryGetValue(LatentProvenance.Tool, out string? tool) ? $"cache of {tool}" : "plain tensor `latent`",
            },
            Space = latent.Space.Id,
            SpaceTitle = latent.Space.ToString(),
            SpaceStated = content.SpaceIsStated,
            Shape = [latent.Batch, latent.Channels, latent.Height, latent.Width],
            Picture = latent.PictureSize is (int height, int width) ? new PixelSize(width, height) : null,
            ElementType = tensor.Type.Name(),
            Posterior = latent.LogVariance is not null,
            NonFinite = moments.NonFinite,
            Rms = double.IsFinite(moments.Rms) ? Math.Round(moments.Rms, 6) : null,
            Metadata = Sorted(file.Metadata),
            Notes = [.. content.Notes, .. ByItsValues(content)],
            Finding = seen?.Evidence,
            Remedy = seen?.Remedy is { } remedy ? remedy with { Subject = result.File }
                : content.IsRearranged ? LatentInput.Mend(result.File) : null,
        };
    }

    private static IEnumerable<string> ByItsValues(LatentFileContent content)
    {
        if (!content.SpaceIsStated && SpaceIdentification.Of(content.Latent) is { IsTrusted: true } verdict
            && verdict.Best != content.Latent.Space)
            yield return $"by its values it is a latent of {verdict.Best.Title}";
    }

    internal static InspectResult OfImages(InspectResult result, WeightFile file)
    {
        ImageTensor image = TensorImageFile.Read(file);
        return result with
        {
            Kind = InspectedKind.ImageTensor,
            Pictures = image.Batch,
            Width = image.Width,
            Height = image.Height,
            ElementType = file.Tensors[TensorImageFile.TensorName].Type.Name(),
            Metadata = Sorted(file.Metadata),
            Notes = file.Tensors.Count > 1 ? [$"{file.Tensors.Count - 1} other tensors are in the file"] : [],
        };
    }

    /// <summary>Metadata in a stable order.</summary>
    internal static SortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string> metadata)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in metadata) sorted[key] = value;
        return sorted;
    }
}
